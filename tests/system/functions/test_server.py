import asyncio
import importlib
from typing import Any

import pytest
from statefun.request_reply_pb2 import FromFunction, ToFunction

from system.functions.binding import STATE_NAME
from system.functions.server import App, make_app
from system.functions.state import UserState
from system.wire.users_pb2 import Add, UserRequest


def request(app: App, method: str, path: str, *parts: bytes) -> tuple[int, bytes]:
    chunks = list(parts) or [b""]
    sent: list[Any] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": chunks.pop(0), "more_body": bool(chunks)}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app({"type": "http", "method": method, "path": path}, receive, send))
    start, body = sent
    assert (b"content-length", str(len(body["body"])).encode()) in start["headers"]
    return start["status"], body["body"]


def addition(credit: int) -> bytes:
    to_function = ToFunction()
    batch = to_function.invocation
    batch.target.namespace, batch.target.type, batch.target.id = "users", "user", "7"
    value = batch.state.add(state_name=STATE_NAME).state_value
    value.has_value, value.value = True, UserState(credit).encode()
    batch.invocations.add().argument.value = UserRequest(reply_key="5", add=Add(amount=1)).SerializeToString()
    return bytes(to_function.SerializeToString())


def credit_after(app: App, credit: int) -> int:
    status, body = request(app, "POST", "/statefun", addition(credit))
    assert status == 200
    (change,) = FromFunction.FromString(body).invocation_result.state_mutations
    return UserState.decode(change.state_value.value).credit


def test_a_call_is_answered() -> None:
    assert credit_after(make_app(), 4) == 5


def test_a_body_in_parts_is_joined() -> None:
    call = addition(4)
    app = make_app()
    assert request(app, "POST", "/statefun", call[:5], call[5:])[0] == 200


def test_garbage_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    assert request(make_app(), "POST", "/statefun", b"\xff")[0] == 400
    assert "refused a call of 1 bytes" in caplog.text


def test_healthz_is_answered() -> None:
    assert request(make_app(), "GET", "/healthz") == (200, b"ok\n")


def test_drops_are_counted_by_reason() -> None:
    app = make_app()
    to_function = ToFunction.FromString(addition(4))
    to_function.invocation.invocations[0].argument.value = b"\xff"
    request(app, "POST", "/statefun", to_function.SerializeToString())
    status, body = request(app, "GET", "/metrics")
    assert status == 200
    assert b'users_functions_dropped_records_total{reason="no_reply_address"} 1\n' in body


@pytest.mark.parametrize(("method", "path"), [("GET", "/statefun"), ("POST", "/healthz"), ("GET", "/")])
def test_another_route_is_unknown(method: str, path: str) -> None:
    assert request(make_app(), method, path)[0] == 404


def test_the_doubling_double_applies_one_addition_in_a_hundred_twice() -> None:
    app = importlib.import_module("tests.doubles.functions_doubling").app
    assert sum(credit_after(app, 0) for _ in range(200)) == 202


def test_the_slow_double_answers_the_same() -> None:
    app = importlib.import_module("tests.doubles.functions_slow").app
    assert credit_after(app, 4) == 5
