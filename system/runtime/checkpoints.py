"""Flink's checkpoints: find the newest usable one, and delete the folders that no start needs any more.

Flink writes `JOB/chk-N/_metadata` when checkpoint N of that job is complete. A job that starts from another
job's checkpoint continues its numbers, so the greatest N is the newest.
"""

import logging
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

_log = logging.getLogger(__name__)

SET_ASIDE = "unreadable"
"""The folder of the checkpoints that could not be read. Nothing deletes them."""


@dataclass(frozen=True, order=True)
class Checkpoint:
    """A complete checkpoint. The newest is the greatest; *completed_ns* decides between equal *number*s."""

    number: int
    completed_ns: int
    job: str


def newest(checkpoints: Iterable[Checkpoint]) -> Checkpoint | None:
    """Return the checkpoint to start from, or None if there is none."""
    return max(checkpoints, default=None)


def superseded(jobs: Iterable[str], checkpoints: Iterable[Checkpoint]) -> list[str]:
    """Return those of *jobs* whose folders no later start needs.

    A job that starts from another job's checkpoint writes its own first one in full (Flink's default claim
    mode, NO_CLAIM). So only the folder of the newest checkpoint's job is needed.
    """
    last = newest(checkpoints)
    return [] if last is None else [job for job in jobs if job != last.job]


def path(root: Path, checkpoint: Checkpoint) -> Path:
    """Return the folder of *checkpoint* below *root*."""
    return root / checkpoint.job / f"chk-{checkpoint.number}"


def complete(root: Path) -> list[Checkpoint]:
    """Return the complete checkpoints below *root*."""
    found = []
    for metadata in root.glob("*/chk-*/_metadata"):
        number = re.fullmatch(r"chk-(\d+)", metadata.parent.name)
        if number:
            found.append(Checkpoint(int(number[1]), metadata.stat().st_mtime_ns, metadata.parent.parent.name))
    return found


def choose(root: Path) -> Checkpoint | None:
    """Return the newest checkpoint below *root* without a defect, or None; set aside those that have one.

    Call it only while no job runs: then it deletes the folders of superseded jobs, too.
    """
    while (last := newest(complete(root))) and (found := defect(path(root, last))):
        set_aside(root, last, found)
    discard_superseded(root)
    return last


def set_aside(root: Path, checkpoint: Checkpoint, reason: str) -> None:
    """Move *checkpoint* out of the way, to `unreadable`, so that the next older one is used; log that."""
    target = root / SET_ASIDE / f"{checkpoint.job}-chk-{checkpoint.number}"
    target.parent.mkdir(exist_ok=True)
    path(root, checkpoint).rename(target)
    _log.warning("checkpoint %d cannot be used: %s; it is now in %s", checkpoint.number, reason, target)


def discard_superseded(root: Path) -> None:
    """Delete the folders of superseded jobs below *root*. Call it only while no job runs."""
    jobs = [folder.name for folder in root.iterdir() if folder.is_dir() and folder.name != SET_ASIDE]
    for job in superseded(jobs, complete(root)):
        shutil.rmtree(root / job, ignore_errors=True)


# The format of `_metadata` in Flink 1.16: org.apache.flink.runtime.checkpoint.metadata.MetadataV4Serializer.
_MAGIC = bytes.fromhex("4960672d")
_END = b"FORWARD_BACKWARD"
"""The last field: that a checkpoint may be claimed and deleted."""
_STATE_FILE = re.compile(rb"\x02(\x00{3}.{5})(..)(?=file:)", re.DOTALL)
"""A state file: its type, its size in bytes, the length of its path, and the path."""


def defect(folder: Path) -> str | None:
    """Return why the checkpoint in *folder* cannot be complete, or None.

    Flink does not flush its files to the disk. After a power cut the newest can be cut off, although their
    checkpoint counts as complete.
    """
    try:
        metadata = (folder / "_metadata").read_bytes()
    except OSError as error:
        return f"its _metadata cannot be read ({error.strerror})"
    if not metadata.startswith(_MAGIC) or not metadata.endswith(_END):
        return f"its _metadata of {len(metadata)} bytes is cut off"
    for file, size_bytes in _state_files(metadata).items():
        try:
            found_bytes = file.stat().st_size
        except OSError as error:
            return f"{file} cannot be read ({error.strerror})"
        if found_bytes != size_bytes:
            return f"{file} has {found_bytes} bytes instead of {size_bytes}"
    return None


def _state_files(metadata: bytes) -> dict[Path, int]:
    files = {}
    for found in _STATE_FILE.finditer(metadata):
        length = int.from_bytes(found[2])
        url = metadata[found.end() : found.end() + length].decode(errors="replace")
        files[Path(url.removeprefix("file:"))] = int.from_bytes(found[1])
    return files


Partition = tuple[str, int]
"""A topic and the number of a partition."""


def next_offsets(metadata: bytes, topics: Iterable[str]) -> Mapping[Partition, int]:
    """Return, by partition of *topics*, the offset at which a job continues from a checkpoint's *metadata*.

    A partition whose offset is not found is left out.
    """
    offsets: dict[Partition, int] = {}
    for topic in topics:
        # Kryo's form of Flink's KafkaTopicPartition, and the offset that was read last: the number of the
        # partition (zigzag, one byte or two), a mark, the ASCII name with the high bit set in its last
        # character, and eight bytes.
        name = topic.encode()
        stored = re.escape(name[:-1] + bytes([name[-1] | 0x80]))
        pattern = re.compile(rb"([\x80-\xff]?[\x00-\x7f])\x01" + stored + rb"(.{8})", re.DOTALL)
        for found in pattern.finditer(metadata):
            read_last = int.from_bytes(found[2], signed=True)
            offsets.setdefault((topic, _zigzag(found[1])), read_last + 1)
    return offsets


def _zigzag(varint: bytes) -> int:
    value = sum((byte & 0x7F) << 7 * place for place, byte in enumerate(varint))
    return (value >> 1) ^ -(value & 1)
