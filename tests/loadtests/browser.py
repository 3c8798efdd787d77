"""A headless Chromium, led over its DevTools port."""

import base64
import json
import subprocess
import time
from pathlib import Path
from typing import Any, Self

import requests
import websocket

CHROMIUM = "chromium"
START_BOUND_S = 20.0
WAIT_BOUND_S = 30.0
PAUSE_S = 0.1


class Browser:
    """One page; *profile* is the folder that Chromium may write to."""

    def __init__(self, profile: Path) -> None:
        quiet = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--window-size=1280,900")
        port = ("--remote-debugging-port=0", f"--user-data-dir={profile}")
        self._process = subprocess.Popen(
            [CHROMIUM, *quiet, *port, "about:blank"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._socket = websocket.create_connection(_page(profile), suppress_origin=True, timeout=WAIT_BOUND_S)
        self._calls = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        self._process.terminate()
        self._process.wait(10)

    def open(self, url: str) -> None:
        """Go to *url*."""
        self._call("Page.navigate", url=url)

    def evaluate(self, script: str) -> Any:
        """Give the value of *script* on the page."""
        return self._call("Runtime.evaluate", expression=script, returnByValue=True)["result"].get("value")

    def wait_for(self, script: str) -> Any:
        """Wait until *script* is true on the page, and give its value."""
        deadline = time.monotonic() + WAIT_BOUND_S
        while not (value := self.evaluate(script)):
            text = self.evaluate("document.body.innerText")
            assert time.monotonic() < deadline, f"{script} did not come true; the page says {text!r}"
            time.sleep(PAUSE_S)
        return value

    def click(self, words: str) -> None:
        """Click the button or the tab that says *words*, as soon as there is one."""
        found = f"[...document.querySelectorAll('button')].find(b => b.innerText.toLowerCase() == '{words}')"
        self.wait_for(f"!!({found})")
        self.evaluate(f"({found}).click()")

    def type(self, name: str, text: str) -> None:
        """Put *text* into the field called *name*, as typing would."""
        field = f"document.querySelector('[name=\"{name}\"]')"
        self.wait_for(f"!!{field}")
        self.evaluate(f"{field}.focus(); {field}.select && {field}.select()")
        self._call("Input.insertText", text=text)

    def choose(self, name: str, value: str) -> None:
        """Choose *value* in the field called *name*."""
        field = f"document.querySelector('select[name=\"{name}\"]')"
        self.wait_for(f"!!{field}")
        self.evaluate(
            f"{field}.value = '{value}'; {field}.dispatchEvent(new Event('change', {{bubbles: true}}))"
        )

    def screenshot(self, file: Path) -> None:
        """Save what the page looks like."""
        file.write_bytes(base64.b64decode(self._call("Page.captureScreenshot")["data"]))

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._calls += 1
        self._socket.send(json.dumps({"id": self._calls, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get("id") == self._calls:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result


def _page(profile: Path) -> str:
    """Give the address of the first page's DevTools, once Chromium has written its port."""
    deadline = time.monotonic() + START_BOUND_S
    noted = profile / "DevToolsActivePort"
    while time.monotonic() < deadline:
        if noted.exists() and (lines := noted.read_text().splitlines()):
            pages = requests.get(f"http://127.0.0.1:{lines[0]}/json", timeout=5).json()
            for page in pages:
                if page["type"] == "page":
                    return str(page["webSocketDebuggerUrl"])
        time.sleep(PAUSE_S)
    raise AssertionError(f"Chromium opened no page within {START_BOUND_S} s")
