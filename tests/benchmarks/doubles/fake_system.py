"""Stands in for `python -m system`: no broker, no Flink, an endpoint that keeps credits in a dictionary.

Faults are asked for before the command: `--up-fails`, `--deploy-fails SERVER`, `--runtime-dies-after N`,
`--restarts COMPONENT` (again at each look), `--closes SERVER` (each connection, whatever it declares).

A version of this code is as fast as the file `request-ms` in the folder says in which it is started.
"""

import argparse
import json
import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import FrameType
from typing import ClassVar

REQUEST_MS = Path("request-ms")


class Endpoint(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    credits: ClassVar[dict[str, int]] = {}
    which: ClassVar[dict[str, str | None]] = {}
    closes: ClassVar[bool] = False

    def do_POST(self) -> None:
        parts = self.path.strip("/").split("/")
        if parts == ["users", "create"]:
            user = str(len(self.credits))
            self.credits[user] = 0
            self.answer(201, {"user_id": user})
        else:
            self.credits[parts[3]] += int(parts[4])
            self.answer(200, {"result": "success"})

    def do_GET(self) -> None:
        if self.path == "/which":
            self.answer(200, self.which)
        elif self.path == "/readyz":
            self.answer(200, {"status": "ready", "client": {"acks": "all"}})
        else:
            user = self.path.rpartition("/")[2]
            self.answer(200, {"user_id": user, "credit": self.credits[user]})

    def answer(self, status: int, document: object) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if self.closes:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name is the base class's)
        pass


def up(options: argparse.Namespace) -> int:
    if options.up_fails:
        print("no usable Java; install one of 17 or later", file=sys.stderr)
        return 3
    options.data_dir.mkdir(parents=True, exist_ok=True)
    (options.data_dir / "pid").write_text(str(os.getpid()))
    print("ready flink=http://127.0.0.1:1 kafka=127.0.0.1:2", flush=True)
    wait_for_the_end()
    return 0


def status(options: argparse.Namespace) -> int:
    pid = int((options.data_dir / "pid").read_text())
    asked = count(options.data_dir / "asked")
    restarts = {name: asked * (name == options.restarts) for name in ("kafka", "flink", "functions")}
    rows = [{"component": name, "pids": [pid], "restarts": times} for name, times in restarts.items()]
    print(json.dumps({"components": rows}))
    return 0


def component(options: argparse.Namespace) -> int:
    if options.deploy_fails and options.deploy_fails in (options.server, options.baseline):
        print(f"{options.server} cannot be started", file=sys.stderr)
        return 3
    count_deployment(options)
    Endpoint.closes = options.baseline == "seed_2020" or options.closes == options.server
    Endpoint.which = {"server": options.server, "client": options.client, "baseline": options.baseline}
    Endpoint.which["request_ms"] = REQUEST_MS.read_text() if REQUEST_MS.exists() else None
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"ready endpoint=http://127.0.0.1:{server.server_port}", flush=True)
    wait_for_the_end()
    return 0


def count(file: Path) -> int:
    """Return how often this was asked of *file* before."""
    before = int(file.read_text()) if file.exists() else 0
    file.write_text(str(before + 1))
    return before


def count_deployment(options: argparse.Namespace) -> None:
    done = count(options.data_dir / "deployments")
    if options.runtime_dies_after is not None and done == options.runtime_dies_after:
        os.kill(int((options.data_dir / "pid").read_text()), signal.SIGKILL)


def wait_for_the_end() -> None:
    ended = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    signal.signal(signal.SIGTERM, end)
    ended.wait()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--up-fails", action="store_true")
    parser.add_argument("--deploy-fails")
    parser.add_argument("--runtime-dies-after", type=int)
    parser.add_argument("--restarts")
    parser.add_argument("--closes")
    parser.add_argument("words", nargs="+")
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--server")
    parser.add_argument("--client")
    parser.add_argument("--baseline")
    options, _ = parser.parse_known_args()
    return {"up": up, "status": status, "component": component}[options.words[0]](options)


if __name__ == "__main__":
    sys.exit(main())
