"""The lock that makes a data folder one system's own; it dies with the processes that hold it."""

import fcntl
import os
import time
from pathlib import Path

from system.errors import Unfit

RETRY_EVERY_S = 0.1


def take(data_dir: Path, within_s: float) -> int:
    """Return the descriptor of the lock on *data_dir*, which is made where it is missing.

    Raise `Unfit` where the folder cannot be written, or another system still has it after *within_s*. The
    processes of a supervisor that was killed take a moment to go, and hold the lock until then.
    """
    make_folder(data_dir)
    try:
        lock = os.open(data_dir / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise unwritable(data_dir, error) from error
    deadline = time.monotonic() + within_s
    while not try_lock(lock):
        if time.monotonic() >= deadline:
            os.close(lock)
            raise Unfit(
                f"a system is running on {data_dir}; stop it with "
                f"`python -m system down --data-dir {data_dir}`, or choose another folder with --data-dir"
            )
        time.sleep(RETRY_EVERY_S)
    return lock


def try_lock(descriptor: int) -> bool:
    """Take the lock of an open file, if nobody has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def make_folder(folder: Path) -> None:
    """Make *folder* where it is missing; raise `Unfit` where it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error


def unwritable(folder: Path, error: OSError) -> Unfit:
    """Return the error for a *folder* that cannot be written."""
    return Unfit(f"{folder} cannot be written ({error.strerror}); choose another folder with --data-dir")
