"""The lock on a data folder, which one system holds at a time.

The kernel releases it when the last process that inherited its descriptor has ended.
"""

import fcntl
import os
import time
from pathlib import Path

from system.errors import EnvironmentUnfit

RETRY_EVERY_S = 0.1


def take(data_dir: Path, within_s: float) -> int:
    """Lock *data_dir*, creating it if necessary, and return the lock's descriptor.

    Raise `EnvironmentUnfit` if the folder cannot be written, or if another system still holds the lock after
    *within_s*. The processes of a killed supervisor hold it until they have ended.
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
            raise EnvironmentUnfit(
                f"a system is running on {data_dir}; stop it with "
                f"`python -m system down --data-dir {data_dir}`, or choose another folder with --data-dir"
            )
        time.sleep(RETRY_EVERY_S)
    return lock


def try_lock(descriptor: int) -> bool:
    """Lock an open file; return whether that succeeded."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def make_folder(folder: Path) -> None:
    """Create *folder* if it does not exist; raise `EnvironmentUnfit` if that fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error


def unwritable(folder: Path, error: OSError) -> EnvironmentUnfit:
    """Return the error for a *folder* that is not writable."""
    return EnvironmentUnfit(
        f"{folder} cannot be written ({error.strerror}); choose another folder with --data-dir"
    )
