"""Locust as a child process: its command line, and a Ctrl-C that ends a load between two requests."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from functools import partial
from pathlib import Path
from types import FrameType

from loadtests.generator.settings import LoadSettings

PR_SET_PDEATHSIG = 1
HERE = "127.0.0.1"
LOCUSTFILE = Path(__file__).parent / "locustfile.py"


def load_command(settings: LoadSettings, host: str, workers: int) -> list[str]:
    """Spell the command that makes one load without a web page."""
    users = settings.users if settings.load == "closed" else workers
    return [
        *_locust(settings, host, workers),
        *("--headless", "--only-summary", "--loglevel", "WARNING"),
        *("--users", str(users), "--spawn-rate", str(users)),
    ]


def page_command(settings: LoadSettings, host: str, workers: int, port: int, system: str = "") -> list[str]:
    """Spell the command that opens Locust's web page with *settings* in its form, and *system*'s costs."""
    address = ("--web-host", HERE, "--web-port", str(port))
    return [
        *_locust(settings, host, workers),
        *address,
        "--system",
        system,
        "--users",
        str(settings.users),
        "--spawn-rate",
        "100",
    ]


def run_to_end(command: list[str]) -> int:
    """Run *command* until it ends, and give its exit code; SIGINT and SIGTERM become a SIGTERM to it.

    It has a session of its own, so that a terminal's Ctrl-C reaches it only this way, and once; if this
    process is killed, it is sent a SIGTERM too.
    """
    child = subprocess.Popen(
        command,
        start_new_session=True,
        stdout=sys.stderr,
        preexec_fn=partial(end_with, os.getpid()),  # noqa: PLW1509  # there is one thread here, so that it is safe
    )
    with child, _passed_on(child):
        return child.wait()


def end_with(parent: int) -> None:
    """Have this process sent a SIGTERM when *parent* ends, or end it if that is over already."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)


def _locust(settings: LoadSettings, host: str, workers: int) -> list[str]:
    options = [
        part
        for field in fields(settings)
        if field.name != "users"
        for part in (f"--{field.name.replace('_', '-')}", str(getattr(settings, field.name)))
    ]
    distributed = _distributed(workers) if workers > 1 else []
    return [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--host", host, *options, *distributed]


def _distributed(workers: int) -> list[str]:
    """Fork *workers* workers, and let them meet their master on a free port of this machine."""
    with socket.socket() as free:
        free.bind((HERE, 0))
        port = str(free.getsockname()[1])
    meeting = [
        "--master-bind-host",
        HERE,
        "--master-bind-port",
        port,
        "--master-host",
        HERE,
        "--master-port",
        port,
    ]
    return ["--processes", str(workers), *meeting]


@contextmanager
def _passed_on(process: subprocess.Popen[bytes]) -> Iterator[None]:
    def pass_on(_signal: int, _frame: FrameType | None) -> None:
        process.send_signal(signal.SIGTERM)

    before = {number: signal.signal(number, pass_on) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
