"""Launcher of servers without a command, tested with servers that need no package."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from system.servers.launchers.application import Application
from system.servers.launchers.forking import Listening, forked
from system.servers.protocol import Serving
from tests.system.servers.running import ROOT, eventually, free_port

STATE = "FORKING_STATE"


def serve(application: Application, listening: Listening) -> None:
    """Create a file named after this process, and wait for the stop signal."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    (Path(os.environ[STATE]) / str(os.getpid())).touch()
    signal.sigwait({signal.SIGUSR1})


def fail(application: Application, listening: Listening) -> None:
    raise OSError("the loop broke")


class Forking:
    def __init__(self, state: Path) -> None:
        self.state, self.port = state, free_port()
        self.process: subprocess.Popen[str] | None = None

    def start(self, serve: str, processes: int = 2) -> subprocess.Popen[str]:
        serving = Serving("tests.doubles.wsgi_app:open_app", "127.0.0.1", self.port, processes, 1)
        command = forked(f"tests.system.servers.test_forking:{serve}", signal.SIGUSR1, serving).command
        variables = {STATE: str(self.state), "SERVED_STATE": str(self.state), "SERVED_WAITING": "thread"}
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **variables},
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        return self.process

    def workers(self) -> set[int]:
        return {int(entry.name) for entry in self.state.iterdir() if entry.name.isdigit()}

    def end(self) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        if self.process.stderr is not None:
            self.process.stderr.close()


@pytest.fixture
def forking(tmp_path: Path) -> Iterator[Forking]:
    forking = Forking(tmp_path)
    yield forking
    forking.end()


def gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def test_workers_get_their_stop_signal_and_the_launcher_exits_with_0(forking: Forking) -> None:
    process = forking.start("serve")
    eventually(lambda: len(forking.workers()) == 2, "two workers serve")
    process.terminate()
    assert process.wait(10) == 0
    assert all(gone(worker) for worker in forking.workers())


def test_a_killed_worker_is_replaced_and_the_others_stay(forking: Forking) -> None:
    forking.start("serve")
    eventually(lambda: len(forking.workers()) == 2, "two workers serve")
    killed, other = forking.workers()
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: len(forking.workers()) == 3, "a third worker serves")
    assert not gone(other)


def test_a_worker_that_ends_by_itself_ends_the_others_and_prints_its_reason(forking: Forking) -> None:
    process = forking.start("fail")
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 3
    assert "the loop broke" in errors


def test_a_port_that_is_taken_is_refused_in_one_line_before_any_worker_starts(forking: Forking) -> None:
    with socket.create_server(("127.0.0.1", forking.port), reuse_port=True):
        process = forking.start("serve")
        _, errors = process.communicate(timeout=10)
    assert process.returncode != 0
    assert errors == (
        f"127.0.0.1:{forking.port} cannot be listened on (Address already in use); choose a free port\n"
    )
    assert not forking.workers()
