"""Locust's command line: the options that loads add to it, and the commands that start it."""

import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from loadtests.generator.settings import LoadSettings, load_options

if TYPE_CHECKING:  # importing Locust patches the whole process for gevent, a test's as well
    from locust.argument_parser import LocustArgumentParser

LOOPBACK = "127.0.0.1"
LOCUSTFILE = Path(__file__).parent / "locustfile.py"


def add_options(parser: "LocustArgumentParser") -> None:
    """Add an option, and so a field of the start form, for each setting; Locust has `--users` itself."""
    for one in load_options(without=("users",)):
        parser.add_argument(
            one.flag, type=type(one.default), default=one.default, choices=one.choices or None, help=one.help
        )
    parser.add_argument(
        "--system",
        default="",
        include_in_web_ui=False,
        help="Data folder of the system behind the host, if it runs here: the page shows its costs.",
    )


def load_command(settings: LoadSettings, host: str, workers: int) -> list[str]:
    """Return the command that makes one load without a web page."""
    users = settings.users if settings.load == "closed" else workers
    return [
        *_locust(settings, host, workers),
        *("--headless", "--only-summary", "--loglevel", "WARNING"),
        *("--users", str(users), "--spawn-rate", str(users)),
    ]


def page_command(settings: LoadSettings, host: str, workers: int, port: int, system: str = "") -> list[str]:
    """Return the command that opens Locust's web page, with *settings* in its form, and costs of *system*."""
    return [
        *_locust(settings, host, workers),
        *("--web-host", LOOPBACK, "--web-port", str(port)),
        *("--system", system),
        *("--users", str(settings.users), "--spawn-rate", "100"),
    ]


def _locust(settings: LoadSettings, host: str, workers: int) -> list[str]:
    command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--host", host]
    for one in load_options(without=("users",)):
        command += [one.flag, str(getattr(settings, one.field))]
    return command + (_distributed(workers) if workers > 1 else [])


def _distributed(workers: int) -> list[str]:
    """Return the options that fork *workers* workers and connect them to their master on a free port."""
    with socket.socket() as free:
        free.bind((LOOPBACK, 0))
        port = str(free.getsockname()[1])
    return [
        *("--processes", str(workers)),
        *("--master-bind-host", LOOPBACK, "--master-bind-port", port),
        *("--master-host", LOOPBACK, "--master-port", port),
    ]
