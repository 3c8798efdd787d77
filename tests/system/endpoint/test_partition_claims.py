import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from system.endpoint.partition_claims import NoFreePartition, UnusableFolder, claim

HOLDER = """
import sys
from pathlib import Path
from system.endpoint.partition_claims import claim
print(claim(Path(sys.argv[1]), int(sys.argv[2])).partition, flush=True)
sys.stdin.read()
"""


@contextmanager
def another_process(folder: Path, partitions: int) -> Iterator[tuple["subprocess.Popen[str]", int]]:
    command = [sys.executable, "-c", HOLDER, str(folder), str(partitions)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process, int(process.stdout.readline())
        finally:
            process.kill()


def test_each_process_gets_another_partition(tmp_path: Path) -> None:
    with another_process(tmp_path, 3) as (_, first), another_process(tmp_path, 3) as (_, second):
        third = claim(tmp_path, 3)
        assert {first, second, third.partition} == {0, 1, 2}
        third.release()


def test_more_processes_than_partitions_are_refused_by_name_and_number(tmp_path: Path) -> None:
    with another_process(tmp_path, 1), pytest.raises(NoFreePartition, match="run at most 1 endpoint"):
        claim(tmp_path, 1)


def test_the_partition_of_a_killed_process_is_free(tmp_path: Path) -> None:
    with another_process(tmp_path, 1) as (process, _):
        process.kill()
        process.wait(10)
        assert claim(tmp_path, 1).partition == 0


def test_a_released_partition_is_free(tmp_path: Path) -> None:
    claim(tmp_path, 1).release()
    claim(tmp_path, 1).release()


def test_an_unusable_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UnusableFolder, match=r"claims_dir = .*/file/claims: Not a directory"):
        claim(tmp_path / "file" / "claims", 1)
