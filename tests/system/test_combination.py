"""Combinations that cannot work: each command refuses them with the reason, before anything starts."""

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


def test_a_client_works_only_with_its_declared_ways_of_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(CONFLUENT, "waitings", frozenset({"thread"}))
    assert disagreement(GRANIAN, CONFLUENT, processes=2) is None
    assert disagreement(GEVENT, CONFLUENT, processes=2) == (
        "client confluent-kafka works where handlers wait by thread; in gunicorn-gevent by gevent"
    )


def test_with_a_broker_each_process_needs_a_reply_partition() -> None:
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
    ("options", "code", "message"),
    [
        (("--client", "memory", "--processes", "2"), 2, "client memory keeps its users in one process"),
        (("--processes", "33"), 2, "more than there are reply partitions; use at most 32"),
        (("--client", "pykafka"), 3, "speaks only Produce v0 and Fetch v0-2"),
    ],
)
def test_a_combination_that_cannot_work_is_refused_in_one_line(
    command: tuple[str, ...],
    options: tuple[str, ...],
    code: int,
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    exit_code, error = refused((*command, *options), tmp_path / "data", capsys)
    assert (exit_code, error.count("\n")) == (code, 1)
    assert message in error


@pytest.mark.parametrize("command", COMMANDS)
def test_a_server_with_another_way_of_waiting_is_refused(
    command: tuple[str, ...],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(CONFLUENT, "waitings", frozenset({"thread"}))
    code, error = refused((*command, "--server", "gunicorn-gevent"), tmp_path / "data", capsys)
    assert (code, error) == (
        2,
        "error: client confluent-kafka works where handlers wait by thread; in gunicorn-gevent by gevent\n",
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_a_server_that_is_not_installed_is_refused_with_the_command_that_installs_it(
    command: tuple[str, ...],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("system.servers.declaration.importable", lambda _module: False)
    code, error = refused((*command, "--server", "bjoern"), tmp_path / "data", capsys)
    assert (code, error) == (
        3,
        "error: WSGI server 'bjoern' needs the package bjoern-binary: make setup EXTRAS=bjoern\n",
    )
