"""The guard process: kills the process groups that a dead supervisor leaves behind.

It reads lines from standard input: `+PGID` when a process group starts, `-PGID` when it has ended. When the
pipe closes, for whatever reason, it kills every remaining group and exits. It runs as a script and imports
only the standard library, so that it starts at once and needs little memory. Its parent starts it with those
signals ignored that end a supervisor.
"""

import os
import signal
import sys
import time
from collections.abc import Iterable

GRACE_S = 3.0
TICK_S = 0.05


def groups_left(lines: Iterable[str]) -> set[int]:
    """Return the process groups that *lines* add and do not remove."""
    groups: set[int] = set()
    for line in lines:
        sign, number = line[:1], line[1:].strip()
        if not number.isdecimal():
            continue
        (groups.add if sign == "+" else groups.discard)(int(number))
    return groups


def signal_group(group: int, signum: int) -> bool:
    """Send *signum* to every process of *group*; return whether there is any."""
    try:
        os.killpg(group, signum)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def kill_groups(groups: set[int], grace_s: float) -> None:
    """Send SIGTERM to *groups*, and SIGKILL to those that are still there after *grace_s*."""
    for group in groups:
        signal_group(group, signal.SIGTERM)
    deadline = time.monotonic() + grace_s
    while any(signal_group(group, 0) for group in groups) and time.monotonic() < deadline:
        time.sleep(TICK_S)
    for group in groups:
        signal_group(group, signal.SIGKILL)


def main() -> None:
    """Wait for the pipe to close, then kill the remaining groups."""
    kill_groups(groups_left(sys.stdin), GRACE_S)


if __name__ == "__main__":
    main()
