"""Bytes at and beyond each server's limits: a correct answer or a closed connection, and no failure after."""

import random

import psutil
import pytest

from tests.live_system import LiveSystem, eventually
from tests.system.contract.client import NoAnswer, connected
from tests.system.fuzz.conftest import processes
from tests.system.fuzz.raw import request, send_raw

pytestmark = pytest.mark.real

SEED = 2020
KIB = 1024
ALLOWED_5XX = frozenset({501, 503, 504, 505})

BODIES = {
    "a body of 1 MiB": request("POST", "/users/credit/add/nobody/1", body=b"x" * KIB * KIB),
    "a body on GET": request("GET", "/users/find/nobody", body=b"{}"),
    "a body shorter than told": request("POST", "/users/credit/add/nobody/1", "Content-Length: 1000") + b"x",
    "a length that is no number": request("POST", "/users/create", "Content-Length: many"),
    "a negative length": request("POST", "/users/credit/add/nobody/1", "Content-Length: -1"),
    "a length past any": request("POST", "/users/credit/add/nobody/1", f"Content-Length: {2**70}"),
    "two lengths": request("POST", "/users/credit/add/nobody/1", "Content-Length: 1", "Content-Length: 2")
    + b"xx",
    "chunks": request("POST", "/users/credit/add/nobody/1", "Transfer-Encoding: chunked")
    + b"3\r\nabc\r\n0\r\n\r\n",
    "chunks cut off": request("POST", "/users/credit/add/nobody/1", "Transfer-Encoding: chunked")
    + b"ff\r\nabc",
    "chunks that are none": request("POST", "/users/credit/add/nobody/1", "Transfer-Encoding: chunked")
    + b"zz\r\n",
    "both length and chunks": request(
        "POST", "/users/credit/add/nobody/1", "Content-Length: 3", "Transfer-Encoding: chunked"
    )
    + b"0\r\n\r\n",
}
HEADERS = {
    **{
        f"a field of {size} bytes": request("GET", "/healthz", "X: " + "x" * size)
        for size in (8000, 8200, 70_000)
    },
    "a field of 500,000 bytes": request("GET", "/healthz", "X: " + "x" * 500_000),
    **{f"{count} fields": request("GET", "/healthz", *["X: x"] * count) for count in (90, 120, 5000)},
    "a field without a name": request("GET", "/healthz", ": x"),
    "a field without a colon": request("GET", "/healthz", "nonsense"),
    "a name with a space": request("GET", "/healthz", "A B: x"),
    "a NUL in a field": request("GET", "/healthz", b"X: \x00"),
    "control characters in a key": request(
        "POST", "/users/credit/add/nobody/1", b"Idempotency-Key: \x01\x7f\xff"
    ),
    "a long key": request("POST", "/users/credit/add/nobody/1", "Idempotency-Key: " + "k" * 7000),
    "two keys": request("POST", "/users/credit/add/nobody/1", "Idempotency-Key: a", "Idempotency-Key: b"),
    "a strange preference": request("POST", "/users/credit/add/nobody/1", 'Prefer: ;=,"respond-async;;=,,'),
    "a folded field": request("GET", "/healthz", "X: a\r\n b"),
    "an expectation": request("POST", "/users/credit/add/nobody/1", "Expect: 100-continue", body=b"x"),
    "an upgrade": request("GET", "/healthz", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c"),
    "no host": b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n",
}
PATHS = {
    **{
        f"a path of {size} bytes": request("GET", "/users/find/" + "9" * size)
        for size in (64, 65, 4000, 9000)
    },
    "a path of 600,000 bytes": request("GET", "/users/find/" + "9" * 600_000),
    "bytes that are not UTF-8": request("GET", "/users/find/%ff%fe"),
    "raw bytes that are not UTF-8": request("GET", b"/users/find/\xff\xfe"),
    "a lone surrogate": request("GET", "/users/find/%ed%a0%80"),
    "a NUL": request("GET", "/users/find/%00"),
    "a broken escape": request("GET", "/users/find/%zz%"),
    "a way up": request("GET", "/users/../../etc/passwd"),
    "a whole URL": request("GET", "http://elsewhere/users/find/nobody"),
    "a star": request("OPTIONS", "*"),
    "no slash": request("GET", "users/find/nobody"),
    "a question": request("GET", "/users/find/nobody?x=%00&" + "y=1&" * 500),
    "a fragment": request("GET", "/users/find/nobody#x"),
    "spaces": b"GET /users/find/no body HTTP/1.1\r\nHost: x\r\n\r\n",
}
LINES = {
    "nothing": b"",
    "empty lines": b"\r\n" * 50,
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "half a request": b"GET /healthz HT",
    "HTTP/0.9": b"GET /healthz\r\n",
    "HTTP/1.0": b"GET /healthz HTTP/1.0\r\n\r\n",
    "HTTP/9.9": b"GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00" * 64,
    "a method of its own": request("BREW", "/users/create"),
    "a long method": request("A" * 5000, "/healthz"),
    "a method in small letters": request("get", "/healthz"),
    "CONNECT": request("CONNECT", "elsewhere:443"),
    "lines without CR": b"GET /healthz HTTP/1.1\nHost: x\nConnection: close\n\n",
    "three at once": request("GET", "/healthz").replace(b"Connection: close\r\n", b"") * 2
    + request("GET", "/healthz"),
}
RAW_REQUESTS = BODIES | HEADERS | PATHS | LINES


def noise(count: int) -> list[bytes]:
    """Return random bytes, and requests of which some bytes were changed."""
    draw = random.Random(SEED)
    whole = request(
        "POST", "/users/credit/add/nobody/1", "Idempotency-Key: k", "Prefer: respond-async", body=b"{}"
    )
    sent = [draw.randbytes(draw.randint(1, 2000)) for _ in range(count // 4)]
    for _ in range(count - len(sent)):
        changed = bytearray(whole)
        for _ in range(draw.randint(1, 6)):
            changed[draw.randrange(len(changed))] = draw.randrange(256)
        sent.append(bytes(changed))
    return sent


def is_correct(statuses: tuple[int, ...]) -> bool:
    """Return whether no answer shows a defect; 501 and 505 are answers to an unsupported request."""
    return all(100 <= status < 500 or status in ALLOWED_5XX for status in statuses)


@pytest.mark.parametrize("what", RAW_REQUESTS)
def test_bytes_get_a_correct_answer_or_none(unharmed: LiveSystem, what: str) -> None:
    answer = send_raw(unharmed.endpoint, RAW_REQUESTS[what])
    assert is_correct(answer.statuses), answer
    assert answer.end != "silent", answer


def test_random_bytes_get_a_correct_answer_or_none(unharmed: LiveSystem) -> None:
    answers = {sent: send_raw(unharmed.endpoint, sent) for sent in noise(80)}
    assert {sent: answer for sent, answer in answers.items() if not is_correct(answer.statuses)} == {}


def test_the_service_works_after_all_of_it(unharmed: LiveSystem) -> None:
    for sent in RAW_REQUESTS.values():
        send_raw(unharmed.endpoint, sent)
    assert unharmed.request("POST", "/users/create")[0] == 201
    assert unharmed.request("GET", "/readyz")[0] == 200


@pytest.mark.parametrize("server", ["granian"], indirect=True)
def test_a_worker_that_was_killed_and_replaced_is_noticed(endpoint: LiveSystem) -> None:
    before = processes(endpoint)
    max(before, key=psutil.Process.create_time).kill()  # The newest one is the worker.
    eventually(lambda: len(processes(endpoint)) == len(before) and has_answer(endpoint))
    assert processes(endpoint) != before


def has_answer(endpoint: LiveSystem) -> bool:
    with connected(endpoint.endpoint) as client:
        try:
            return client.get("/readyz").status == 200
        except NoAnswer:
            return False
