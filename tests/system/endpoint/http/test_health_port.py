"""The port for health checks: answers from native threads, whatever the server's handlers do."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from system.endpoint.app import build_app
from system.endpoint.http import health_port as module
from system.endpoint.http.health_port import MAX_CONNECTIONS, HealthPort, PortInUse
from system.endpoint.settings import EndpointSettings
from system.processes.ports import free_ports
from tests.live_system import eventually, request
from tests.system.contract.client import connected
from tests.system.endpoint.doubles import endpoint, never, replies

LOOPBACK = "127.0.0.1"


@pytest.fixture
def address(settings: EndpointSettings) -> Iterator[str]:
    """The health port of a whole service, its functions in process."""
    (port,) = free_ports(1)
    with ExitStack() as closing:
        build_app(settings.model_copy(update={"health_port": port}), closing)
        yield f"{LOOPBACK}:{port}"


def test_it_answers_as_the_endpoint_does(address: str) -> None:
    assert request(address, "GET", "/healthz") == (200, {"status": "live"})
    assert request(address, "GET", "/readyz?x=1") == (200, {"status": "ready", "client": {"broker": "none"}})
    with connected(address) as client:
        assert client.metric("endpoint_waiting_requests") == 0
        assert client.request("HEAD", "/healthz").body == b""
        assert (client.get("/users/find/0").status, client.get("/users/find/0").error) == (
            404,
            "unknown_route",
        )
        assert client.post("/healthz").error == "method_not_allowed"


@pytest.mark.parametrize(
    "sent", [b"", b"GET", b"nonsense\r\n\r\n", b"\xff" * 10_000, b"GET /healthz HTTP/1.1\r\n"]
)
def test_bytes_that_are_no_request_do_no_harm(
    sent: bytes, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "READ_TIMEOUT_S", 0.1)
    host, _, port = address.partition(":")
    with closing(socket.create_connection((host, int(port)), timeout=10)) as connection:
        connection.sendall(sent)
        assert not connection.recv(100)
    assert request(address, "GET", "/healthz")[0] == 200


def test_callers_that_send_nothing_delay_it_for_their_timeout_at_most(address: str) -> None:
    host, _, port = address.partition(":")
    with ExitStack() as stack:
        for _ in range(2 * MAX_CONNECTIONS):
            stack.enter_context(closing(socket.create_connection((host, int(port)), timeout=10)))
        assert request(address, "GET", "/healthz", timeout_s=3 * module.READ_TIMEOUT_S)[0] == 200


def test_readiness_is_known_without_a_round_trip_while_requests_are_refused(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    address = f"{LOOPBACK}:{port}"
    with endpoint(never, tmp_path, silence_s=0.2) as running:
        health = HealthPort(LOOPBACK, port, running.meta)
        assert running.app.test_client().get("/readyz").status_code == 503
        eventually(lambda: running.fail_fast.cause is not None, within_s=10)
        sent = len(running.client.sent)
        status, body = request(address, "GET", "/readyz")
        assert (status, body["error"]) == (503, "unavailable")
        assert "no reply has come" in body["detail"].lower()
        assert all(record.key == b"readyz" for record in running.client.sent[sent:])
        running.client.answering = replies(404, "{}")
        eventually(lambda: request(address, "GET", "/readyz")[0] == 200, within_s=10)
        health.close()


def test_all_processes_of_an_endpoint_share_it_and_another_program_does_not(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    with endpoint(replies(200, "{}"), tmp_path) as running:
        ports = [HealthPort(LOOPBACK, port, running.meta) for _ in range(2)]
        for _ in range(20):
            assert request(f"{LOOPBACK}:{port}", "GET", "/healthz")[0] == 200
        for each in ports:
            each.close()
        with socket.create_server((LOOPBACK, port)), pytest.raises(PortInUse, match=f"health_port = {port}"):
            HealthPort(LOOPBACK, port, running.meta)


GEVENT = """
from gevent import monkey
monkey.patch_all()
import sys, time
import gevent
from contextlib import ExitStack
from system.concurrency import original, start_thread
from system.endpoint.app import build_app
from system.endpoint.settings import EndpointSettings

port = int(sys.argv[1])
settings = EndpointSettings(
    client="memory", kafka="none:1", claims_dir=sys.argv[2], waiting="gevent", health_port=port
)
with ExitStack() as closing:
    app = build_app(settings, closing)
    answers = []

    def check():
        import _socket
        for path in ("/healthz", "/readyz", "/metrics"):
            connection = _socket.socket()
            connection.connect(("127.0.0.1", port))
            connection.sendall(f"GET {path} HTTP/1.1\\r\\n\\r\\n".encode())
            answers.append(connection.recv(100)[:12])
            connection.close()

    ended = start_thread(check, "caller")
    assert ended.acquire(timeout=20)  # blocks the loop and with it every greenlet
    assert answers == [b"HTTP/1.1 200"] * 3, answers
print("answered")
"""


def test_it_answers_while_the_event_loop_of_gevent_is_blocked(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", GEVENT, str(port), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.stdout == "answered\n", ended.stderr
