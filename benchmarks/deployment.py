"""Runtimes (Kafka, Flink, functions): one per variant, running through the run; preflight of an endpoint."""

import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from benchmarks.results.command_lines import CommandLines, Variant
from benchmarks.subprocesses import Subprocess, SubprocessError, output_of

AMOUNT = 7
TIMEOUT_S = 30.0


class PreflightError(Exception):
    """A fresh endpoint whose answers break the HTTP contract or the declaration of its server."""


def preflight(url: str, *, keep_alive: bool) -> dict[str, str]:
    """Return the settings in force of the endpoint's Kafka client.

    Raise `PreflightError` where an update is not read back, or where the server does not keep the connection
    alive (or close it) as *keep_alive* declares.
    """
    connection = HTTPConnection(urlsplit(url).netloc, timeout=TIMEOUT_S)
    try:
        settings = expect(connection, "GET", "/readyz", 200).get("client", {})
        check_keep_alive(connection, declared=keep_alive)
        check_update(connection)
    except (OSError, HTTPException, KeyError, ValueError) as error:
        raise PreflightError(f"preflight: {type(error).__name__}: {error}") from error
    finally:
        connection.close()
    return {str(name): str(value) for name, value in settings.items()}


def check_update(connection: HTTPConnection) -> None:
    """Create a user, add to its credit and read it back."""
    user = expect(connection, "POST", "/users/create", 201)["user_id"]
    expect(connection, "POST", f"/users/credit/add/{user}/{AMOUNT}", 200)
    credit = expect(connection, "GET", f"/users/credit/{user}", 200)["credit"]
    if credit != AMOUNT:
        raise PreflightError(f"preflight: credit is {credit} after one add of {AMOUNT}")


def check_keep_alive(connection: HTTPConnection, *, declared: bool) -> None:
    """Raise `PreflightError` where *connection* is open after an answer and should not be, or the reverse."""
    kept = connection.sock is not None
    if kept is not declared:
        did, should = ("kept", "close") if kept else ("closed", "keep")
        raise PreflightError(f"preflight: the server {did} the connection, and declares to {should} it")


def expect(connection: HTTPConnection, method: str, path: str, status: int) -> dict[str, Any]:
    """Send a request and return the body of its answer, which must have *status*."""
    connection.request(method, path)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != status:
        raise PreflightError(f"preflight: {method} {path} answered {answer.status}: {body[:200].decode()}")
    document: dict[str, Any] = json.loads(body)
    return document


START_WITHIN_S = 180.0
STATUS_WITHIN_S = 20.0


@dataclass(frozen=True)
class RunningComponent:
    """Root processes of a component, and how often its supervisor has restarted it."""

    component: str
    pids: list[int]
    restarts: int


class Runtime:
    """Kafka, Flink and the functions of one variant."""

    def __init__(self, commands: CommandLines, variant: Variant, folder: Path) -> None:
        self.variant = variant
        # Absolute, since the commands of another version are started in its folder.
        self.data_dir = folder.absolute() / "runtime" / variant.name
        self._commands = commands
        self._logs = folder / "logs" / f"runtime-{variant.name}"
        self._logs.mkdir(parents=True, exist_ok=True)
        command = commands.up(variant, self.data_dir)
        self._system_folder = commands.system_folder(variant.version)
        log = self._logs / "up.log"
        self._child = Subprocess(f"runtime {variant.name}", command, log, self._system_folder)
        self.flink: str | None = None
        """URL of Flink's web page, once it is ready."""

    @property
    def pid(self) -> int:
        """The parent of all of its components."""
        return self._child.pid

    def wait_ready(self) -> None:
        """Wait until a record has made the round trip through Kafka and Flink."""
        self.flink = self._child.wait_ready(START_WITHIN_S).get("flink")

    def has_ended(self) -> bool:
        """Return whether its process has ended."""
        return self._child.has_ended()

    def components(self) -> list[RunningComponent]:
        """Return the state of each component, endpoints included."""
        command = self._commands.status(self.variant, self.data_dir)
        document = json.loads(output_of(command, STATUS_WITHIN_S, self._system_folder))
        return [
            RunningComponent(one["component"], one["pids"], one["restarts"]) for one in document["components"]
        ]

    def stop(self) -> None:
        """Stop all components and delete their data; logs are kept."""
        self._child.stop(within_s=20.0)
        for log in (self.data_dir / "logs").glob("*.log"):
            shutil.copy(log, self._logs / log.name)
        shutil.rmtree(self.data_dir, ignore_errors=True)


Prepare = Callable[[Runtime], None]


class Runtimes:
    """Every runtime of a run; they stop at the end of the `with` block."""

    def __init__(self, commands: CommandLines, folder: Path, prepare: Prepare) -> None:
        self._commands = commands
        self._folder = folder
        self._prepare = prepare
        self._running: dict[Variant, Runtime] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self._folder / "runtime", ignore_errors=True)

    def stop(self) -> None:
        """Stop every runtime; each that is asked for afterwards is a fresh one."""
        for variant in list(self._running):
            self._running.pop(variant).stop()

    def pids(self) -> list[int]:
        """Return the parent process of each runtime."""
        return [runtime.pid for runtime in self._running.values()]

    def start(self, variants: Iterable[Variant]) -> None:
        """Start those of *variants* that are not running."""
        for variant in variants:
            self.get(variant)

    def get(self, variant: Variant) -> Runtime:
        """Return the runtime of *variant*; start and warm it where there is none, or it has ended."""
        runtime = self._running.get(variant)
        if runtime is not None and not runtime.has_ended():
            return runtime
        if runtime is not None:
            self._running.pop(variant).stop()
        return self._start(variant)

    def _start(self, variant: Variant) -> Runtime:
        runtime = self._running[variant] = Runtime(self._commands, variant, self._folder)
        try:
            runtime.wait_ready()
        except SubprocessError:
            self._running.pop(variant).stop()
            raise
        self._prepare(runtime)
        return runtime
