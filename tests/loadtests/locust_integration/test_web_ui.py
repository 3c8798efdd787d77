import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests

from tests.loadtests.browser import CHROMIUM, Browser
from tests.loadtests.conftest import ServiceStarter

ROWS = "[...document.querySelectorAll('tbody tr')].map(row => row.innerText.split(/\\s+/).join(' '))"
STARTED_WITHIN_S = 20.0
LISTENS = psutil.CONN_LISTEN


@pytest.fixture(params=[1, 2], ids=["one process", "two workers"])
def page(service: ServiceStarter, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    host = service()
    system(tmp_path, endpoint=listener(host))
    load = ("--population", "20", "--warm-up", "0.5", "--window", "60", "--workers", str(request.param))
    command = [sys.executable, "-m", "loadtests", "web", "--host", host, "--web-port", str(port)]
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen([*command, *load, "--system", str(tmp_path)], stderr=subprocess.DEVNULL) as process:
        try:
            wait_until_up(url)
            yield url
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
        finally:
            process.kill()


def system(folder: Path, **pids: int) -> None:
    """Write what a running system tells of itself, with this process as its supervisor."""
    own = psutil.Process()
    components = [{"component": name, "pid": pid} for name, pid in pids.items()]
    state = {"supervisor": {"pid": own.pid, "create_time_s": own.create_time()}, "components": components}
    (folder / "system.json").write_text(json.dumps(state))


def listener(host: str) -> int:
    """Give the pid of the process that listens at *host*."""
    port = int(host.rsplit(":", 1)[1])
    connections = psutil.net_connections("tcp")
    return next(
        one.pid for one in connections if one.pid and one.laddr[1:] == (port,) and one.status == LISTENS
    )


def wait_until_up(url: str) -> None:
    deadline = time.monotonic() + STARTED_WITHIN_S
    while True:
        try:
            requests.get(url, timeout=5)
        except requests.ConnectionError:
            assert time.monotonic() < deadline, f"no page at {url} within {STARTED_WITHIN_S} s"
            time.sleep(0.1)
        else:
            return


@pytest.mark.skipif(not shutil.which(CHROMIUM), reason="there is no Chromium to look with")
def test_a_load_started_from_the_form_fills_both_tabs_and_can_be_stopped(page: str, tmp_path: Path) -> None:
    with Browser(tmp_path / "profile") as browser:
        browser.open(page)
        browser.type("userCount", "4")
        browser.click("custom parameters")
        browser.choose("load", "open")
        browser.type("rate", "80")
        browser.click("start")
        browser.click("hops and costs")
        browser.wait_for(f"{ROWS}.some(row => /^response [1-9]/.test(row))")
        browser.wait_for(f"{ROWS}.some(row => /^function [1-9]/.test(row))")
        for component in ("endpoint", "generator"):
            browser.wait_for(f"{ROWS}.some(row => {cost_of(component)}.test(row))")
        browser.screenshot(seen(tmp_path, "hops"))
        (tmp_path / "system.json").unlink()
        browser.wait_for(f"{ROWS}.some(row => row.startsWith('CPU of the service is not known: no system'))")
        browser.click("ledger")
        browser.wait_for(f"{ROWS}.some(row => row.startsWith('verdict judged when'))")
        browser.click("stop")
        browser.wait_for(f"{ROWS}.includes('verdict valid')")
        browser.screenshot(seen(tmp_path, "ledger"))


def cost_of(component: str) -> str:
    """Spell what matches a row of requests, and CPU of each, of the last seconds and since the start."""
    return f"/^CPU of {component} [1-9][0-9]* [1-9][0-9.]* [1-9][0-9.]*$/"


def seen(tmp_path: Path, name: str) -> Path:
    """Give the file of a screenshot; SCREENSHOTS names a folder to keep them in."""
    return Path(os.environ.get("SCREENSHOTS", tmp_path)) / f"locust-{name}.png"
