import json
import os
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
from playwright.sync_api import Page

from tests.loadtests.conftest import ServiceStarter

STARTED_WITHIN_S = 20.0
LISTENS = psutil.CONN_LISTEN


@pytest.fixture(params=[1, 2], ids=["one process", "two workers"])
def url(service: ServiceStarter, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Opens Locust's web page on a service; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    host = service()
    write_system_state(tmp_path, endpoint=listener(host))
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


def write_system_state(folder: Path, **pids: int) -> None:
    """Write the file of a running system, with this process as its supervisor."""
    own = psutil.Process()
    components = [{"component": name, "pid": pid} for name, pid in pids.items()]
    state = {"supervisor": {"pid": own.pid, "create_time_s": own.create_time()}, "components": components}
    (folder / "system.json").write_text(json.dumps(state))


def listener(host: str) -> int:
    """Return the pid of the process that listens at *host*."""
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


def test_a_load_started_from_the_form_fills_both_tabs_and_can_be_stopped(
    browser_page: Page, url: str, tmp_path: Path
) -> None:
    browser_page.goto(url)
    browser_page.locator("[name=userCount]").fill("4")
    browser_page.get_by_role("button", name="Custom parameters").click()
    browser_page.locator("select[name=load]").select_option("open")
    browser_page.locator("[name=rate]").fill("80")
    browser_page.get_by_role("button", name="Start", exact=True).click()
    browser_page.get_by_role("tab", name="Hops and costs").click()
    for row in (r"response [1-9]", r"function [1-9]", cost_of("endpoint"), cost_of("generator")):
        wait_for_row(browser_page, row)
    browser_page.screenshot(path=screenshot(tmp_path, "hops"))
    (tmp_path / "system.json").unlink()
    wait_for_row(browser_page, "CPU of the service is not known: no system")
    browser_page.get_by_role("tab", name="Ledger").click()
    wait_for_row(browser_page, "verdict judged when")
    browser_page.get_by_role("button", name="Stop", exact=True).click()
    wait_for_row(browser_page, "verdict valid$")
    browser_page.screenshot(path=screenshot(tmp_path, "ledger"))


def wait_for_row(page: Page, pattern: str) -> None:
    """Wait for a row of a table whose cells, joined by blanks, match *pattern* from their start."""
    cells = "[...document.querySelectorAll('tbody tr')].map(row => row.innerText.split(/\\s+/).join(' '))"
    page.wait_for_function(f"{cells}.some(row => /^{pattern}/.test(row))")


def cost_of(component: str) -> str:
    """Return the pattern of a row of requests, and CPU time per request lately and since the start."""
    return f"CPU of {component} [1-9][0-9]* [1-9][0-9.]* [1-9][0-9.]*$"


def screenshot(tmp_path: Path, name: str) -> Path:
    """Return the file of a screenshot; SCREENSHOTS names a folder to keep them in."""
    return Path(os.environ.get("SCREENSHOTS", tmp_path)) / f"locust-{name}.png"
