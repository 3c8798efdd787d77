"""A system started by `python -m system up`, as the tests see it: from outside."""

import http.client
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import psutil

ROOT = Path(__file__).parent.parent
STOPS_WITHIN_S = 12.0
"""The promised 10 s, and 2 s for a busy machine."""

Seen = TypeVar("Seen")


@dataclass(frozen=True)
class LiveSystem:
    """A supervisor *process*, its *data_dir*, and the addresses in its `ready` line."""

    process: subprocess.Popen[str]
    data_dir: Path
    addresses: dict[str, str]

    @property
    def endpoint(self) -> str:
        """HOST:PORT of the endpoint."""
        return urlsplit(self.addresses["endpoint"]).netloc

    def request(self, method: str, path: str) -> tuple[int, Any]:
        """Send a request to the endpoint; return the status and the parsed body of the response."""
        return request(self.endpoint, method, path)

    def components(self) -> list[dict[str, Any]]:
        """Return the rows of `status --json`."""
        status = run("status", "--json", "--data-dir", str(self.data_dir))
        components: list[dict[str, Any]] = json.loads(status.stdout)["components"]
        return components

    def pids(self, name: str) -> list[int]:
        """Return the process ids of the component called *name*."""
        return [pid for part in self.components() if part["component"] == name for pid in part["pids"]]

    def all_pids(self) -> list[int]:
        """Return the ids of all its processes, with the supervisor and its guard."""
        supervisor = psutil.Process(self.process.pid)
        return [supervisor.pid, *(child.pid for child in supervisor.children(recursive=True))]

    def kill(self) -> None:
        """Kill the supervisor, and no other process."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Send SIGTERM to the supervisor and return its exit code; fail if it does not end in time."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOPS_WITHIN_S)


def start(data_dir: Path, *options: str) -> LiveSystem:
    """Start a system on free ports and return when it is ready."""
    return started(data_dir, ("up", "--ports", "auto", *options))


def started(data_dir: Path, arguments: tuple[str, ...]) -> LiveSystem:
    """Start `python -m system` with *arguments* and return when it is ready."""
    process = popen(*arguments, "--data-dir", str(data_dir))
    assert process.stdout is not None
    with process.stdout as output:
        ready = output.readline()
    if not ready.startswith("ready "):
        process.kill()
        raise AssertionError(f"not ready: {ready!r}, exit code {process.wait()}")
    return LiveSystem(process, data_dir, dict(part.split("=", 1) for part in ready.split()[1:]))


def popen(*arguments: str) -> subprocess.Popen[str]:
    """Start `python -m system` with *arguments*; its standard error is that of the test."""
    return subprocess.Popen(_command(arguments), cwd=ROOT, stdout=subprocess.PIPE, text=True)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m system` with *arguments* and return when it has ended."""
    command = _command(arguments)
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)


def request(address: str, method: str, path: str, timeout_s: float = 15.0) -> tuple[int, Any]:
    """Send a request to *address*; return the status and the parsed body of the response."""
    connection = http.client.HTTPConnection(address, timeout=timeout_s)
    try:
        connection.request(method, path)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def is_gone(pid: int) -> bool:
    """Return whether the process has ended."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def eventually(condition: Callable[[], Seen], within_s: float = 60.0) -> Seen:
    """Call *condition* until its result is true and return that; after *within_s*, fail with the last one."""
    deadline = time.monotonic() + within_s
    while not (seen := condition()):
        assert time.monotonic() < deadline, f"not within {within_s:g} s; last seen: {seen}"
        time.sleep(0.05)
    return seen


def _command(arguments: tuple[str, ...]) -> list[str]:
    return [sys.executable, "-m", "system", *arguments]
