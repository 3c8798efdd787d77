"""A headless Chromium that a test drives over its DevTools port."""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import websocket

BINARIES = ("chromium", "chromium-browser", "google-chrome")
START_WITHIN_S = 60.0
ANSWER_WITHIN_S = 60.0
PORT_FILE = "DevToolsActivePort"
NOISY = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")


def find() -> str | None:
    """Return the path of a Chromium, or None where there is none."""
    return next((path for binary in BINARIES if (path := shutil.which(binary))), None)


class Tab:
    """One page of a browser, and everything that it said and asked for."""

    def __init__(self, address: str) -> None:
        self._socket = websocket.create_connection(address, timeout=ANSWER_WITHIN_S, suppress_origin=True)
        self._calls = 0
        self._events: list[dict[str, Any]] = []
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def close(self) -> None:
        """Let go of the browser."""
        self._socket.close()

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """Call a DevTools method and return its result."""
        self._calls += 1
        self._socket.send(json.dumps({"id": self._calls, "method": method, "params": parameters}))
        while (message := json.loads(self._socket.recv())).get("id") != self._calls:
            self._events.append(message)
        return dict(message.get("result", {}))

    def open(self, file: Path, width: int, scheme: str) -> None:
        """Open *file* in a window *width* wide, its *scheme* light or dark, and wait until it is loaded."""
        preferred = {"name": "prefers-color-scheme", "value": scheme}
        self.call("Emulation.setEmulatedMedia", features=[preferred])
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **metrics)
        self.call("Page.navigate", url=file.as_uri())
        while not any(event.get("method") == "Page.loadEventFired" for event in self._events):
            self._events.append(json.loads(self._socket.recv()))

    def evaluate(self, expression: str) -> Any:
        """Return what the page makes of a JavaScript expression."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        return found["result"].get("value", found)

    @property
    def said(self) -> list[dict[str, Any]]:
        """Everything on the console, and every error."""
        return [event for event in self._events if event.get("method") in NOISY]

    @property
    def requested(self) -> list[str]:
        """Every address that was asked for."""
        sent = [event for event in self._events if event.get("method") == "Network.requestWillBeSent"]
        return [event["params"]["request"]["url"] for event in sent]


@contextmanager
def tab(binary: str, profile: Path) -> Iterator[Tab]:
    """Start a browser with its own *profile* folder, give its one page, and kill it."""
    flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
    ]
    place = [
        f"--user-data-dir={profile}",
        "--remote-debugging-port=0",
        "--remote-debugging-address=127.0.0.1",
    ]
    with subprocess.Popen(
        [binary, *flags, *place, "about:blank"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            with closing(Tab(_address(profile))) as opened:
                yield opened
        finally:
            process.kill()


def _address(profile: Path) -> str:
    port, browser = _port(profile / PORT_FILE)
    found = websocket.create_connection(
        f"ws://127.0.0.1:{port}{browser}", timeout=ANSWER_WITHIN_S, suppress_origin=True
    )
    found.send(json.dumps({"id": 1, "method": "Target.createTarget", "params": {"url": "about:blank"}}))
    while (answer := json.loads(found.recv())).get("id") != 1:
        pass
    found.close()
    return f"ws://127.0.0.1:{port}/devtools/page/{answer['result']['targetId']}"


def _port(file: Path) -> tuple[str, str]:
    deadline = time.monotonic() + START_WITHIN_S
    while time.monotonic() < deadline:
        if file.exists() and len(lines := file.read_text().splitlines()) == 2:
            return lines[0], lines[1]
        time.sleep(0.05)
    raise TimeoutError(f"Chromium opened no DevTools port within {START_WITHIN_S:g} s")
