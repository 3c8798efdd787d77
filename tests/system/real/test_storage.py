"""A system that starts on damaged storage: unreadable checkpoints, none at all, a log that lost its end."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from system.runtime import checkpoints
from system.runtime.log_guard import read_offsets
from system.wire.topics import INGRESS, PARTITIONS
from tests.live_system import LiveSystem, eventually, run, start

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

USERS, CREDIT, ADDED = 3000, 7, 5


@dataclass(frozen=True)
class Stored:
    """A data dir of a system that was stopped, and the *pristine* copy of it."""

    data_dir: Path
    pristine: Path

    @property
    def checkpoints(self) -> Path:
        return self.data_dir / "checkpoints"

    def newest(self) -> Path:
        found = checkpoints.newest(checkpoints.complete(self.checkpoints))
        assert found is not None
        return checkpoints.path(self.checkpoints, found)

    def set_aside(self) -> list[str]:
        folder = self.checkpoints / checkpoints.SET_ASIDE
        return sorted(found.name.split("-", 1)[1] for found in folder.iterdir()) if folder.exists() else []


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    """The data dir of a system with some users, whose newest checkpoint contains every request."""
    root = tmp_path_factory.mktemp("storage")
    stored = Stored(root / "data", root / "pristine")
    system = start(stored.data_dir)
    assert system.request("POST", f"/payment/batch_init/{USERS}/{CREDIT}")[0] == 200
    for user in range(3):
        assert system.request("POST", f"/users/credit/add/{user}/{ADDED}")[0] == 200
    number = checkpoint_number(stored)
    eventually(lambda: checkpoint_number(stored) >= number + 3)
    assert system.stop() == 0
    shutil.copytree(stored.data_dir, stored.pristine, symlinks=True)
    return stored


def checkpoint_number(stored: Stored) -> int:
    return max((one.number for one in checkpoints.complete(stored.checkpoints)), default=0)


@pytest.fixture
def stored(prepared: Stored) -> Stored:
    """The data dir as it was when the system was stopped, at its place: checkpoints have absolute paths."""
    shutil.rmtree(prepared.data_dir)
    shutil.copytree(prepared.pristine, prepared.data_dir, symlinks=True)
    return prepared


@contextmanager
def running(stored: Stored) -> Iterator[LiveSystem]:
    system = start(stored.data_dir)
    try:
        yield system
    finally:
        assert system.stop() == 0


def assert_every_credit_is_exact(system: LiveSystem) -> None:
    for user, credit in [(0, CREDIT + ADDED), (2, CREDIT + ADDED), (3, CREDIT), (USERS - 1, CREDIT)]:
        expected = {"user_id": str(user), "credit": credit}
        assert system.request("GET", f"/users/find/{user}") == (200, expected)
    assert system.request("POST", "/users/create") == (201, {"user_id": str(USERS)})


def test_a_checkpoint_that_is_cut_off_is_set_aside_and_an_older_one_is_used(stored: Stored) -> None:
    newest = stored.newest()
    content = (newest / "_metadata").read_bytes()
    (newest / "_metadata").write_bytes(content[: len(content) // 2])
    with running(stored) as system:
        assert_every_credit_is_exact(system)
    assert stored.set_aside() == [newest.name]
    assert "Could not start the JobMaster" not in (stored.data_dir / "logs" / "flink.log").read_text()


def test_without_a_readable_checkpoint_the_whole_log_is_read_and_no_id_is_given_out_twice(
    stored: Stored,
) -> None:
    names = sorted(path.parent.name for path in stored.checkpoints.glob("*/chk-*/_metadata"))
    for file in stored.checkpoints.glob("*/shared/*"):
        file.write_bytes(bytes(file.stat().st_size))  # of the right size, so that only Flink can notice
    with running(stored) as system:
        assert_every_credit_is_exact(system)
    assert sorted(stored.set_aside()) == names


def test_a_log_that_lost_its_end_stops_the_start_until_that_is_accepted(stored: Stored) -> None:
    offsets = read_offsets(stored.newest())
    assert len(offsets) == sum(PARTITIONS[topic] for topic in INGRESS)
    partition, offset = max(
        (number, at) for (topic, number), at in offsets.items() if topic == "users" and at > 1
    )
    lose_log(stored.data_dir, f"users-{partition}")
    up = run("up", "--ports", "auto", "--data-dir", str(stored.data_dir))
    assert up.returncode == 3
    error = up.stderr.splitlines()[-1]
    assert f"topic users, partition {partition} continues at offset {offset}, but the log is empty" in error
    assert f"accept-lost-log --data-dir {stored.data_dir}" in error

    accepted = run("accept-lost-log", "--data-dir", str(stored.data_dir))
    assert (accepted.returncode, accepted.stdout) == (
        0,
        f"topic users, partition {partition}: {offset} lost records are replaced by empty ones\n",
    )
    with running(stored) as system:
        assert_every_credit_is_exact(system)


def lose_log(data_dir: Path, partition: str) -> None:
    """Remove all records of *partition*, as a power cut can before they were written to the disk."""
    kafka = data_dir / "kafka"
    for file in (kafka / partition).glob("0000*"):
        file.unlink()
    (kafka / partition / "00000000000000000000.log").touch()
    for name in (".kafka_cleanshutdown", "recovery-point-offset-checkpoint"):
        (kafka / name).unlink(missing_ok=True)
