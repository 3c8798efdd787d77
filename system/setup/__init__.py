"""Setup: put Java, the jars, the class archives and optional packages on this machine."""
