"""Every error is one line with advice, and has the exit code of its kind."""

import socket
from pathlib import Path

import pytest

from system.cli import program
from system.processes import folder_lock

Captured = pytest.CaptureFixture[str]


def refused(arguments: list[str], captured: Captured) -> tuple[int, str]:
    code = program.main(arguments)
    output = captured.readouterr()
    assert output.out == ""
    assert output.err.count("\n") == 1
    return code, output.err


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["up", "--server", "nope"], "WSGI server 'nope' is not known; choose one of"),
        (["up", "--client", "nope"], "Kafka client 'nope' is not known; choose one of"),
        (["up", "--baseline", "nope"], "baseline 'nope' is not known; choose one of seed_2020"),
        (["up", "--port", "1", "--ports", "auto"], "--port 1 and --ports auto contradict each other"),
        (["up", "--port", "99999"], "99999 is not in the range"),
        (["up", "--nonsense"], "--nonsense"),
        (["up", "--client", "memory", "--processes", "2"], "memory keeps its users in one process"),
        (["up", "--client", "memory", "--without-endpoint"], "--without-endpoint leaves nothing"),
        (["up", "--deadline", "0"], "0 s is not possible; give more than 0 and at most 3600"),
        (["up", "--deadline", "nan"], "nan s is not possible"),
        (["up", "--deadline", "soon"], "'soon' is not a number of seconds"),
        (["up", "--max-waiting", "0"], "0 is not in the range"),
        (["up", "--max-waiting", "65"], "--max-waiting 65 is more than a process of granian can hold"),
        (["up", "--server", "gunicorn-sync", "--max-waiting", "2"], "give 1 at most"),
        (["up", "--baseline", "bare", "--max-waiting", "2"], "baseline bare has no --max-waiting"),
        (["up", "--health-port", "99999"], "99999 is not in the range"),
        (["up", "--health-port", "5000"], "--health-port 5000 is the port of something else"),
        (
            ["component", "endpoint", "--port", "7", "--health-port", "7"],
            "--health-port 7 is the port of something else",
        ),
        (["component", "endpoint", "--max-waiting", "65"], "--max-waiting 65 is more than"),
        (["component", "endpoint", "--server", "nope"], "WSGI server 'nope' is not known"),
        (["component", "kafka", "--host", "0.0.0.0"], "give one with --advertise HOST"),
        (["component", "jobmanager", "--kafka", "nowhere"], "'nowhere' is not an address; give HOST:PORT"),
        (["nonsense"], "nonsense"),
    ],
)
def test_wrong_usage_ends_with_2(arguments: list[str], part: str, capsys: Captured) -> None:
    code, message = refused(arguments, capsys)
    assert code == 2
    assert part in message


@pytest.mark.parametrize(
    ("variable", "value", "part"),
    [
        ("STATEFUN_BENCH_DEADLINE", "-1", "-1 s is not possible"),
        ("STATEFUN_BENCH_MAX_WAITING", "many", "'many' is not a valid integer"),
        ("STATEFUN_BENCH_HEALTH_PORT", "x", "'x' is not a valid integer"),
    ],
)
@pytest.mark.parametrize("command", [["up"], ["component", "endpoint"]])
def test_nonsense_in_a_variable_ends_with_2(
    command: list[str],
    variable: str,
    value: str,
    part: str,
    capsys: Captured,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(variable, value)
    code, message = refused(command, capsys)
    assert code == 2
    assert part in message


def test_a_health_port_in_use_ends_with_3(tmp_path: Path, capsys: Captured) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        arguments = ["up", "--client", "memory", "--ports", "auto", "--health-port", port]
        code, message = refused([*arguments, "--data-dir", str(tmp_path)], capsys)
    assert code == 3
    assert f"port {port}, wanted for health checks, is in use" in message


def test_a_port_in_use_ends_with_3_before_anything_starts(tmp_path: Path, capsys: Captured) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        arguments = ["up", "--client", "memory", "--port", str(port), "--data-dir", str(tmp_path)]
        code, message = refused(arguments, capsys)
    assert code == 3
    assert f"port {port}, wanted for endpoint, is in use" in message
    assert [file.name for file in tmp_path.iterdir()] == ["lock"]


def test_a_folder_that_cannot_be_written_ends_with_3(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "file").touch()
    data_dir = str(tmp_path / "file" / "data")
    code, message = refused(["up", "--ports", "auto", "--data-dir", data_dir], capsys)
    assert code == 3
    assert f"{data_dir} cannot be written" in message


def test_a_folder_that_another_system_uses_ends_with_3(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("system.cli.up.LOCK_RELEASED_WITHIN_S", 0.0)
    folder_lock.take(tmp_path, within_s=0)
    code, message = refused(["up", "--ports", "auto", "--data-dir", str(tmp_path)], capsys)
    assert code == 3
    assert f"a system is running on {tmp_path}" in message


def test_missing_jars_end_with_3_and_the_command_that_fetches_them(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATEFUN_BENCH_CACHE", str(tmp_path / "empty"))
    code, message = refused(["up", "--ports", "auto", "--data-dir", str(tmp_path)], capsys)
    assert code == 3
    assert "is missing; run `" in message


def test_an_endpoint_without_a_system_ends_with_3(tmp_path: Path, capsys: Captured) -> None:
    code, message = refused(["component", "endpoint", "--data-dir", str(tmp_path)], capsys)
    assert code == 3
    assert f"no system is running on {tmp_path}; start one with" in message


@pytest.mark.parametrize("part", ["jobmanager", "taskmanager"])
def test_a_part_of_flink_without_a_system_ends_with_3(tmp_path: Path, capsys: Captured, part: str) -> None:
    code, message = refused(["component", part, "--data-dir", str(tmp_path)], capsys)
    assert code == 3
    assert f"no system is running on {tmp_path}; start one with" in message


def test_status_and_down_print_that_no_system_runs(tmp_path: Path, capsys: Captured) -> None:
    assert program.main(["status", "--data-dir", str(tmp_path)]) == 0
    assert program.main(["down", "--data-dir", str(tmp_path)]) == 0
    assert program.main(["status", "--json", "--data-dir", str(tmp_path)]) == 0
    nothing = f"no system is running on {tmp_path}"
    assert capsys.readouterr().out.splitlines() == [nothing, nothing, '{"components": []}']
