"""What does not go together is refused with the reason, by each command, before anything starts."""

from pathlib import Path

import pytest

from system.cli import program
from system.clients.catalogue import CLIENTS
from system.combination import disagreement, too_many
from system.servers.catalogue import SERVERS

GRANIAN, GEVENT = SERVERS.load("granian"), SERVERS.load("gunicorn-gevent")
MEMORY, CONFLUENT = CLIENTS.load("memory"), CLIENTS.load("confluent-kafka")

COMMANDS = (("up", "--ports", "auto"), ("component", "endpoint"))


def test_a_client_without_a_broker_has_one_process() -> None:
    assert disagreement(GRANIAN, MEMORY, processes=1) is None
    assert disagreement(GRANIAN, MEMORY, processes=2) == (
        "client memory keeps its users in one process; --processes 2 has to be 1"
    )


def test_a_client_works_only_where_handlers_wait_as_it_was_seen_to_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(CONFLUENT, "waitings", frozenset({"thread"}))
    assert disagreement(GRANIAN, CONFLUENT, processes=2) is None
    assert disagreement(GEVENT, CONFLUENT, processes=2) == (
        "client confluent-kafka works where handlers wait by thread; in gunicorn-gevent by gevent"
    )


def test_each_process_needs_a_partition_for_its_replies_where_there_is_a_broker() -> None:
    assert too_many(CONFLUENT, 32) is None
    assert "use at most 32" in (too_many(CONFLUENT, 33) or "")
    assert too_many(MEMORY, 33) is None


def refused(
    arguments: tuple[str, ...], data_dir: Path, captured: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    code = program.main([*arguments, "--data-dir", str(data_dir)])
    assert not data_dir.exists()
    return code, captured.readouterr().err


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("asked", "code", "said"),
    [
        (("--client", "memory", "--processes", "2"), 2, "client memory keeps its users in one process"),
        (("--processes", "33"), 2, "more than there are reply partitions; use at most 32"),
        (("--client", "pykafka"), 3, "speaks only Produce v0 and Fetch v0-2"),
    ],
)
def test_what_cannot_work_is_refused_in_a_line(
    command: tuple[str, ...],
    asked: tuple[str, ...],
    code: int,
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    seen, told = refused((*command, *asked), tmp_path / "data", capsys)
    assert (seen, told.count("\n")) == (code, 1)
    assert said in told


@pytest.mark.parametrize("command", COMMANDS)
def test_a_server_whose_handlers_wait_otherwise_is_refused(
    command: tuple[str, ...],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(CONFLUENT, "waitings", frozenset({"thread"}))
    code, told = refused((*command, "--server", "gunicorn-gevent"), tmp_path / "data", capsys)
    assert (code, told) == (
        2,
        "error: client confluent-kafka works where handlers wait by thread; in gunicorn-gevent by gevent\n",
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_a_server_that_is_not_installed_is_refused_with_what_installs_it(
    command: tuple[str, ...],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("system.servers.declaration.importable", lambda _module: False)
    code, told = refused((*command, "--server", "bjoern"), tmp_path / "data", capsys)
    assert (code, told) == (
        3,
        "error: WSGI server 'bjoern' needs the package bjoern-binary: make setup EXTRAS=bjoern\n",
    )
