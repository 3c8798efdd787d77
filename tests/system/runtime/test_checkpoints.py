"""Flink starts from its newest usable checkpoint, and the folders of older jobs are deleted."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from system.runtime.checkpoints import (
    Checkpoint,
    choose,
    complete,
    defect,
    discard_superseded,
    newest,
    next_offsets,
    path,
    superseded,
)

CHECKPOINTS = st.builds(Checkpoint, st.integers(1, 9), st.integers(0, 9), st.sampled_from("abc"))


def checkpoint(root: Path, job: str, number: int, *, is_complete: bool = True) -> None:
    folder = root / job / f"chk-{number}"
    folder.mkdir(parents=True)
    if is_complete:
        (folder / "_metadata").touch()


def test_without_any_checkpoint_there_is_none_to_start_from(tmp_path: Path) -> None:
    checkpoint(tmp_path, "a", 7, is_complete=False)
    assert newest(complete(tmp_path)) is None


def test_the_newest_is_that_of_the_greatest_number_over_all_jobs(tmp_path: Path) -> None:
    checkpoint(tmp_path, "b", 9)
    checkpoint(tmp_path, "a", 10)
    checkpoint(tmp_path, "b", 11, is_complete=False)
    found = newest(complete(tmp_path))
    assert found is not None
    assert path(tmp_path, found) == tmp_path / "a" / "chk-10"


def test_the_folders_of_older_jobs_are_deleted_and_that_of_the_newest_checkpoint_stays(
    tmp_path: Path,
) -> None:
    checkpoint(tmp_path, "old", 3)
    checkpoint(tmp_path, "died-early", 5, is_complete=False)
    checkpoint(tmp_path, "last", 4)
    discard_superseded(tmp_path)
    assert [folder.name for folder in tmp_path.iterdir()] == ["last"]


def test_no_folder_is_deleted_while_no_checkpoint_is_complete(tmp_path: Path) -> None:
    checkpoint(tmp_path, "a", 1, is_complete=False)
    discard_superseded(tmp_path)
    assert (tmp_path / "a").exists()


@given(st.lists(CHECKPOINTS))
def test_the_job_of_the_newest_checkpoint_is_never_superseded(checkpoints: list[Checkpoint]) -> None:
    last = newest(checkpoints)
    assert last is None or last.job not in superseded("abc", checkpoints)


MAGIC, END = bytes.fromhex("4960672d00000004"), b"FORWARD_BACKWARD"


def metadata(*state_files: Path, size_bytes: int = 3) -> bytes:
    urls = [f"file:{file}".encode() for file in state_files]
    handles = (b"\x02" + size_bytes.to_bytes(8) + len(url).to_bytes(2) + url for url in urls)
    return MAGIC + b"".join(handles) + b"\x00" + END


def test_a_checkpoint_with_its_end_and_all_its_state_files_has_no_defect(tmp_path: Path) -> None:
    (tmp_path / "state").write_bytes(b"abc")
    (tmp_path / "_metadata").write_bytes(metadata(tmp_path / "state"))
    assert defect(tmp_path) is None


@pytest.mark.parametrize(
    "content", [b"", MAGIC, metadata()[:-1], bytes(len(metadata())), metadata() + bytes(9)]
)
def test_metadata_that_is_cut_off_or_overwritten_is_a_defect(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "_metadata").write_bytes(content)
    assert defect(tmp_path) == f"its _metadata of {len(content)} bytes is cut off"


def test_a_state_file_of_another_size_or_none_is_a_defect(tmp_path: Path) -> None:
    (tmp_path / "_metadata").write_bytes(metadata(tmp_path / "state"))
    assert defect(tmp_path) == f"{tmp_path}/state cannot be read (No such file or directory)"
    (tmp_path / "state").write_bytes(b"ab")
    assert defect(tmp_path) == f"{tmp_path}/state has 2 bytes instead of 3"


def test_defective_checkpoints_are_set_aside_and_the_newest_other_one_is_used(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for job, number, content in [("a", 4, metadata()), ("b", 5, metadata()), ("b", 6, b""), ("b", 7, b"x")]:
        checkpoint(tmp_path, job, number)
        (tmp_path / job / f"chk-{number}" / "_metadata").write_bytes(content)
    chosen = choose(tmp_path)
    assert chosen is not None
    assert (chosen.job, chosen.number) == ("b", 5)
    assert sorted(folder.name for folder in (tmp_path / "unreadable").iterdir()) == ["b-chk-6", "b-chk-7"]
    assert not (tmp_path / "a").exists()
    assert "checkpoint 7 cannot be used: its _metadata of 1 bytes is cut off" in caplog.text


def test_without_a_usable_checkpoint_there_is_none_to_start_from(tmp_path: Path) -> None:
    checkpoint(tmp_path, "a", 1)
    assert choose(tmp_path) is None


@given(
    st.dictionaries(
        st.tuples(st.sampled_from(["users", "users-create"]), st.integers(0, 8191)),
        st.integers(0, 2**62),
        max_size=20,
    )
)
def test_the_offsets_in_metadata_are_those_at_which_the_job_continues(
    offsets: dict[tuple[str, int], int],
) -> None:
    stored = b"".join(partition_state(*place, offset - 1) for place, offset in offsets.items())
    assert next_offsets(b"\x00\x01" + stored + b"\x01", ["users", "users-create"]) == offsets


def partition_state(topic: str, partition: int, read_last: int) -> bytes:
    """Return what Kryo writes for a `KafkaTopicPartition`, hash, partition and topic, and its offset."""
    zigzag = partition << 1
    varint = bytes([zigzag & 0x7F | 0x80, zigzag >> 7]) if zigzag > 0x7F else bytes([zigzag])
    name = topic.encode()
    return (
        b"W\x01\xfe\x9e\xfb\x83\x03"
        + varint
        + b"\x01"
        + name[:-1]
        + bytes([name[-1] | 0x80])
        + read_last.to_bytes(8, signed=True)
    )
