import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from tests.browser import browser_page

__all__ = ["browser_page"]  # a fixture

ServiceStarter = Callable[..., str]


@pytest.fixture
def service() -> Iterator[ServiceStarter]:
    """Returns a function that starts the user service in memory with some faults, and returns its address."""
    running: list[subprocess.Popen[str]] = []

    def start(*faults: str) -> str:
        command = [sys.executable, "-m", "tests.doubles.user_service", *faults]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        running.append(process)
        assert process.stdout
        word, address = process.stdout.readline().split()
        assert word == "ready"
        return address

    yield start
    for process in running:
        process.send_signal(signal.SIGTERM)
        process.wait(10)
        assert process.stdout
        process.stdout.close()
