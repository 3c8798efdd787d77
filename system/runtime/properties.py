"""Java's properties files."""

from collections.abc import Mapping


def render(values: Mapping[str, str]) -> str:
    """Return *values* as a properties file; Java reads such a file as Latin-1, so all else is escaped."""
    return "".join(f"{key}={_escape(value)}\n" for key, value in values.items())


def _escape(value: str) -> str:
    return "".join(map(_escape_character, value))


def _escape_character(character: str) -> str:
    if character == "\\":
        return "\\\\"
    units = character.encode("utf-16-be").hex(" ", 2).split()
    return character if character.isascii() else "".join(f"\\u{unit}" for unit in units)
