"""Which partition of the reply topic is this process's own.

A claim is an exclusive lock on a file, held by an open descriptor: the kernel gives it up when the process
dies, however it dies, and the next process takes the free partition. Replies to its predecessor that still
arrive there carry request ids that the successor never gave out, and are counted and dropped.
"""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path


class NoFreePartition(Exception):
    """Every reply partition is claimed by another process."""


class UnusableFolder(Exception):
    """No lock file can be kept in the folder."""


@dataclass(frozen=True)
class Claim:
    """A *partition* that is ours until `release`, or until this process ends."""

    partition: int
    descriptor: int

    def release(self) -> None:
        """Let the next process have the partition."""
        os.close(self.descriptor)


def claim(folder: Path, partitions: int) -> Claim:
    """Claim the first free of *partitions* by a lock file in *folder*, which is made if need be."""
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
