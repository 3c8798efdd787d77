"""Installation: jars by lock file, Java, class archives and optional packages."""
