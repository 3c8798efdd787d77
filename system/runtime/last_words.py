"""What a process that failed wrote of the reason."""

import re
from pathlib import Path

READ_BYTES = 16_384
EXCEPTION = re.compile(r"^(?:\w+\.)+\w+: (.+)$", re.MULTILINE)
"""How Python ends the traceback of an exception that is not its own."""


def size(log: Path | None) -> int:
    """Return how long *log* is, 0 where there is none."""
    return log.stat().st_size if log and log.exists() else 0


def last_words(log: Path | None, since: int) -> str:
    """Return the message of the last exception in *log* past its byte *since*, or an empty text."""
    if log is None or not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(since, size(log) - READ_BYTES))
        said = EXCEPTION.findall(file.read().decode(errors="replace"))
    return said[-1] if said else ""
