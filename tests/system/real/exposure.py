"""What a running system offers to others on the machine: its listening sockets, and Flink's REST API."""

import http.client
import json
import socket
import uuid
from urllib.parse import urlsplit

import psutil

from tests.live_system import LiveSystem

LISTENERS = {
    "kafka": ("clients", "the controller's quorum"),
    "functions": ("StateFun's calls, health and metrics",),
    "flink": ("page and REST API", "blob server"),
    "flink-jobmanager": ("page and REST API", "RPC", "blob server", "metrics queries"),
    "flink-taskmanager": ("RPC", "records between tasks", "metrics queries"),
    "endpoint-worker": ("the service",),
}
"""The purpose of each listening socket of a component; docs/security.md has the same list."""

LOOPBACK = {"127.0.0.1", "::ffff:127.0.0.1"}
FOREIGN_ORIGIN = "http://other.example"


def unexpected_sockets(system: LiveSystem) -> list[str]:
    """Return a line for each deviation of *system* from `LISTENERS`, and for each address but loopback."""
    components = {pid: part["component"] for part in system.components() for pid in part["pids"]}
    lines = []
    for pid in system.all_pids():
        name = components.get(pid, "supervisor or guard")
        found = listening(pid)
        if name != "endpoint" and len(found) != len(LISTENERS.get(name, ())):
            lines.append(f"{name} listens on {found}, expected: {LISTENERS.get(name, 'nothing')}")
        lines += [f"{name} listens on {host}:{port}" for host, port in found if host not in LOOPBACK]
    return lines


def listening(pid: int) -> list[tuple[str, int]]:
    """Return address and port of each TCP socket on which process *pid* listens, and of each UDP socket."""
    return [
        (connection.laddr.ip, connection.laddr.port)
        for connection in psutil.Process(pid).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN or connection.type == socket.SOCK_DGRAM
    ]


def accepted_changes(web: str) -> list[str]:
    """Return the requests to change something that the REST API at *web* did not refuse."""
    (job,) = json.loads(send(web, "GET", "/jobs")[1])["jobs"]
    boundary = uuid.uuid4().hex
    upload = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="jarfile"; filename="a.jar"\r\n'
        f"Content-Type: application/x-java-archive\r\n\r\nPK\r\n--{boundary}--\r\n"
    )
    multipart = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    attempts = [
        ("POST", "/jars/upload", upload, multipart),
        ("POST", "/jobs", upload, multipart),
        ("PATCH", f"/jobs/{job['id']}?mode=cancel", "", {}),
        ("GET", f"/jobs/{job['id']}/yarn-cancel", "", {}),
        ("GET", f"/jobs/{job['id']}/%79arn-cancel", "", {}),
        ("POST", f"/jobs/{job['id']}/stop", "{}", {"Content-Type": "application/json"}),
        ("DELETE", "/cluster", "", {}),
    ]
    answers = [
        (method, path, send(web, method, path, body, headers)[0]) for method, path, body, headers in attempts
    ]
    assert json.loads(send(web, "GET", "/jobs")[1])["jobs"] == [job]
    return [f"{method} {path}: status {status}" for method, path, status in answers if status != 403]


def readable_from(web: str, origin: str) -> bool:
    """Return whether a browser lets a page of *origin* read the REST API at *web*."""
    headers = send(web, "GET", "/config", headers={"Origin": origin})[2]
    return headers.get("access-control-allow-origin") in {"*", origin}


def send(
    web: str, method: str, path: str, body: str = "", headers: dict[str, str] | None = None
) -> tuple[int, str, dict[str, str]]:
    """Send a request to *web*; return the status, the body and the headers of the response."""
    connection = http.client.HTTPConnection(urlsplit(web).netloc, timeout=10.0)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        named = {name.lower(): value for name, value in response.getheaders()}
        return response.status, response.read().decode(errors="replace"), named
    finally:
        connection.close()
