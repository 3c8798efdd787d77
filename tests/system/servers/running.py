"""WSGI server started as the system does it, for tests over HTTP."""

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from system.servers.catalogue import SERVERS
from system.servers.protocol import Server, Serving

ROOT = Path(__file__).parents[3]
TIMEOUT_S = 30.0


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def eventually(seen: Callable[[], object], what: str, timeout_s: float = TIMEOUT_S) -> None:
    """Wait until *seen* returns a true value; after the timeout fail with its last one."""
    deadline_s = time.monotonic() + timeout_s
    while not (last := seen()):
        assert time.monotonic() < deadline_s, f"{what} within {timeout_s} s; last seen: {last!r}"
        time.sleep(0.02)


@dataclass
class Running:
    """A server process, its port, and the folder in which its application writes its state."""

    server: Server
    process: subprocess.Popen[bytes]
    port: int
    state: Path
    log: Path

    def connect(self, timeout_s: float = TIMEOUT_S) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout_s)

    def get(self, path: str, timeout_s: float = TIMEOUT_S) -> int:
        """Return the number in the answer to *path*."""
        with closing(self.connect(timeout_s)) as connection:
            return get_on(connection, path)

    def answers(self) -> int | None:
        """Return the pid of a worker that answers, or None."""
        assert self.process.poll() is None, self.log.read_text()
        try:
            return self.get("/pid", timeout_s=2)
        except (OSError, http.client.HTTPException):
            return None

    def workers(self) -> set[int]:
        """Return the workers that answer several requests at once."""
        with ThreadPoolExecutor(8) as pool:
            return set(pool.map(lambda _: self.get("/wait/50"), range(8)))

    def held(self) -> int:
        """Return how many requests to `/hold` and `/noticed` have reached the application."""
        held = self.state / "held"
        return held.stat().st_size if held.exists() else 0

    def delivered(self) -> int:
        """Return for how many requests to `/accepted` the work was done."""
        delivered = self.state / "delivered"
        return delivered.stat().st_size if delivered.exists() else 0

    def stop(self) -> None:
        self.process.send_signal(self.server.stop_signal)

    def processes(self) -> list[int]:
        """Return the processes of the server's session, except zombies."""
        return [process.pid for process in psutil.process_iter() if self._is_in_session(process)]

    def _is_in_session(self, process: psutil.Process) -> bool:
        try:
            same_session = os.getsid(process.pid) == self.process.pid
            return same_session and process.status() != psutil.STATUS_ZOMBIE
        except (ProcessLookupError, PermissionError, psutil.Error):
            return False


def answered_until_refused(running: Running, path: str) -> int:
    """Request *path* repeatedly until the server is gone; return the number of answers."""
    answered = 0
    with suppress(OSError, http.client.HTTPException):
        while True:
            with closing(running.connect()) as connection:
                answered += answered_on(connection, path)
    return answered


def answered_on(connection: http.client.HTTPConnection, path: str) -> int:
    """Request *path* on one connection until it ends; return the number of answers (raise if none)."""
    get_on(connection, path)
    answered = 1
    with suppress(OSError, http.client.HTTPException):
        while connection.sock is not None:
            get_on(connection, path)
            answered += 1
    return answered


def get_on(connection: http.client.HTTPConnection, path: str, **headers: str) -> int:
    """Return the number in the answer to *path* on an open connection."""
    connection.request(
        "GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    response = connection.getresponse()
    body = response.read()
    assert response.status == 200, (response.status, body)
    return int(body)


@contextmanager
def started(name: str, factory: str, state: Path, processes: int = 1, threads: int = 64) -> Iterator[Running]:
    """Run the server *name* with `tests.doubles.wsgi_app:FACTORY`; in the end, kill what is left of it."""
    state.mkdir(exist_ok=True)
    server, port, log = SERVERS.load(name), free_port(), state / "log"
    launch = server.launch(
        Serving(f"tests.doubles.wsgi_app:{factory}", "127.0.0.1", port, processes, threads)
    )
    variables = {"SERVED_STATE": str(state), "SERVED_WAITING": server.waiting}
    with log.open("wb") as output:
        process = subprocess.Popen(
            launch.command,
            cwd=ROOT,
            env={**os.environ, **launch.environment, **variables},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    running = Running(server, process, port, state, log)
    try:
        yield running
    finally:
        _end(running)


def _end(running: Running) -> None:
    running.stop()
    with suppress(subprocess.TimeoutExpired):
        running.process.wait(TIMEOUT_S)
    for pid in running.processes():
        os.kill(pid, signal.SIGKILL)
    running.process.wait(TIMEOUT_S)
