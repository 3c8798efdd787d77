"""The log4j configuration of the Java processes: standard output, which is the component's log file."""

from collections.abc import Mapping

from system.runtime import properties

PATTERN = "%d{ISO8601} %-5p %c{1.} %m%n"


def render(levels: Mapping[str, str]) -> str:
    """Return log4j2.properties; *levels* maps a logger's name to a level other than info."""
    fixed = {
        "status": "error",
        "appender.out.type": "Console",
        "appender.out.name": "out",
        "appender.out.layout.type": "PatternLayout",
        "appender.out.layout.pattern": PATTERN,
        "rootLogger.level": "info",
        "rootLogger.appenderRef.out.ref": "out",
    }
    for number, (logger, level) in enumerate(levels.items()):
        fixed |= {f"logger.l{number}.name": logger, f"logger.l{number}.level": level}
    return properties.render(fixed)
