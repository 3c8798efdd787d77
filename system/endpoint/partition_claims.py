"""Claims of reply partitions: each endpoint process reads one partition of `user-events` alone.

A claim is an exclusive lock on a file, held by an open descriptor: the kernel releases it when the process
ends, in whatever way, and the next process can claim the partition. Late replies to the previous process
carry request ids that are not the new one's; they are counted and dropped.
"""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path


class NoFreePartition(Exception):
    """All reply partitions are claimed by other processes."""


class UnusableFolder(Exception):
    """A folder in which no lock file can be made."""


@dataclass(frozen=True)
class Claim:
    """A *partition* claimed by this process until `release`, or until it ends."""

    partition: int
    descriptor: int

    def release(self) -> None:
        """Release the partition for another process."""
        os.close(self.descriptor)


def claim(folder: Path, partitions: int) -> Claim:
    """Claim the first free partition by a lock file in *folder*, which is created if it is missing."""
    try:
        return _first_free(folder, partitions)
    except OSError as error:
        raise UnusableFolder(
            f"claims_dir = {folder}: {error.strerror}; name a folder that this user may write to"
        ) from error


def _first_free(folder: Path, partitions: int) -> Claim:
    folder.mkdir(parents=True, exist_ok=True)
    for partition in range(partitions):
        descriptor = _lock(folder / f"reply-partition-{partition}.lock")
        if descriptor is not None:
            return Claim(partition, descriptor)
    raise NoFreePartition(
        f"all {partitions} reply partitions are claimed in {folder}; "
        f"run at most {partitions} endpoint processes, or give the reply topic more partitions"
    )


def _lock(file: Path) -> int | None:
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    os.truncate(descriptor, 0)
    os.write(descriptor, b"%d\n" % os.getpid())
    return descriptor
