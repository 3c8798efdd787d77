"""The guard: a process that outlives its supervisor just long enough to kill what that one left behind.

It reads lines from standard input, `+PGID` when a process group comes into being and `-PGID` when it is gone,
and kills every group that is left when the pipe closes, for whatever reason it closes. Run as a script, with
nothing but the standard library, so that it costs little memory and starts at once. Whoever starts it has it
ignore the signals that end its supervisor.
"""

import os
import signal
import sys
import time
from collections.abc import Iterable

GRACE_S = 3.0
TICK_S = 0.05


def groups_left(lines: Iterable[str]) -> set[int]:
    """Return the process groups that *lines* announce and do not take back."""
    groups: set[int] = set()
    for line in lines:
        sign, number = line[:1], line[1:].strip()
        if not number.isdecimal():
            continue
        (groups.add if sign == "+" else groups.discard)(int(number))
    return groups


def signal_group(group: int, signum: int) -> bool:
    """Send *signum* to every process of *group*; return whether there was one."""
    try:
        os.killpg(group, signum)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def kill_groups(groups: set[int], grace_s: float) -> None:
    """Ask *groups* to end, and kill what is still there after *grace_s*."""
    for group in groups:
        signal_group(group, signal.SIGTERM)
    deadline = time.monotonic() + grace_s
    while any(signal_group(group, 0) for group in groups) and time.monotonic() < deadline:
        time.sleep(TICK_S)
    for group in groups:
        signal_group(group, signal.SIGKILL)


def main() -> None:
    """Wait for the pipe to close, then kill what is left."""
    kill_groups(groups_left(sys.stdin), GRACE_S)


if __name__ == "__main__":
    main()
