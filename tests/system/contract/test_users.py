"""The routes under /users, seen from outside: every status, every body, every error."""

import re

import pytest

from tests.system.contract.asking import Answer, Asker

pytestmark = pytest.mark.real

MOST = 2**63 - 1
NEVER_GIVEN_OUT = [
    "nobody",
    "007",
    "-1",
    "abc",
    str(MOST),
    str(2**64),
    "%00",
    "a%2Fb",
    "%F0%9F%92%B6",
    "%20",
    "9" * 65,
]
ON_A_USER = [
    ("GET", "/users/find/{}"),
    ("GET", "/users/credit/{}"),
    ("DELETE", "/users/remove/{}"),
    ("POST", "/users/credit/add/{}/1"),
    ("POST", "/users/credit/subtract/{}/1"),
]
NO_AMOUNTS = ["-1", "1.5", "abc", "+1", "%201", "1e3", "0x1", "%D9%A3", str(MOST + 1), "1" * 300]


def refused(answer: Answer, status: int, error: str) -> None:
    assert (answer.status, answer.error) == (status, error)
    assert answer.body == {"result": "failure", "error": error, "detail": answer.body["detail"]}
    assert answer.body["detail"].endswith(".")
    assert answer.headers["content-type"] == "application/json"


def test_a_user_is_made_with_a_new_id_and_no_credit(asker: Asker) -> None:
    made, next_one = asker.post("/users/create"), asker.post("/users/create")
    user = made.body["user_id"]
    assert (made.status, made.body) == (201, {"user_id": user})
    assert made.headers["location"] == f"/users/find/{user}"
    assert int(next_one.body["user_id"]) == int(user) + 1
    assert asker.get(made.headers["location"]).body == {"user_id": user, "credit": 0}


@pytest.mark.parametrize("route", ["find", "credit"])
def test_a_user_is_read(asker: Asker, user: str, route: str) -> None:
    read = asker.get(f"/users/{route}/{user}")
    assert (read.status, read.body) == (200, {"user_id": user, "credit": 10})


def test_a_credit_is_raised_and_lowered(asker: Asker, user: str) -> None:
    raised = asker.post(f"/users/credit/add/{user}/5")
    assert (raised.status, raised.body) == (200, {"result": "success", "user_id": user, "credit": 15})
    lowered = asker.post(f"/users/credit/subtract/{user}/15")
    assert (lowered.status, lowered.body) == (200, {"result": "success", "user_id": user, "credit": 0})


@pytest.mark.parametrize("amount", ["0", "00", "0000000000000000000"])
def test_an_amount_may_be_nothing(asker: Asker, user: str, amount: str) -> None:
    for route in ("add", "subtract"):
        assert asker.post(f"/users/credit/{route}/{user}/{amount}").body["credit"] == 10


def test_a_removed_user_is_unknown_and_its_id_is_not_given_out_again(asker: Asker, user: str) -> None:
    removed = asker.ask("DELETE", f"/users/remove/{user}")
    assert (removed.status, removed.body) == (200, {"result": "success"})
    for method, path in ON_A_USER:
        refused(asker.ask(method, path.format(user)), 404, "unknown_user")
    assert asker.post("/users/create").body["user_id"] != user


@pytest.mark.parametrize(("method", "path"), ON_A_USER)
def test_an_id_that_was_never_given_out_is_unknown(asker: Asker, method: str, path: str) -> None:
    for user_id in NEVER_GIVEN_OUT:
        answer = asker.ask(method, path.format(user_id))
        # A server may decode %2F before it routes; then the path has a part too many.
        assert user_id == "a%2Fb" or answer.error == "unknown_user", (user_id, answer)
        assert answer.status == 404, (user_id, answer)


@pytest.mark.parametrize("route", ["add", "subtract"])
def test_what_is_no_amount_changes_nothing(asker: Asker, user: str, route: str) -> None:
    for amount in NO_AMOUNTS:
        refused(asker.post(f"/users/credit/{route}/{user}/{amount}"), 400, "invalid_amount")
    assert asker.get(f"/users/find/{user}").body["credit"] == 10


def test_a_credit_stays_between_nothing_and_the_limit(asker: Asker, user: str) -> None:
    refused(asker.post(f"/users/credit/subtract/{user}/11"), 400, "insufficient_credit")
    refused(asker.post(f"/users/credit/add/{user}/{MOST}"), 400, "credit_limit")
    assert asker.post(f"/users/credit/add/{user}/{MOST - 10}").body["credit"] == MOST
    refused(asker.post(f"/users/credit/add/{user}/1"), 400, "credit_limit")
    assert asker.get(f"/users/find/{user}").body["credit"] == MOST


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("GET", "/"), ("GET", "/users"), ("GET", "/users/find/"), ("GET", "/users/find/1/2")),
        *(
            ("POST", "//users/create"),
            ("POST", "/users/create/"),
            ("POST", "/nothing"),
            ("GET", "/users/FIND/1"),
        ),
        *(("POST", "/users/credit/add/1/"), ("POST", "/payment"), ("GET", "/static/app.js")),
    ],
)
def test_a_path_that_is_not_there_is_told(asker: Asker, method: str, path: str) -> None:
    refused(asker.ask(method, path), 404, "unknown_route")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/users/create", "OPTIONS, POST"),
        ("POST", "/users/find/1", "GET, HEAD, OPTIONS"),
        ("GET", "/users/remove/1", "DELETE, OPTIONS"),
        ("PUT", "/users/credit/add/1/1", "OPTIONS, POST"),
        ("PATCH", "/payment/pay/1/1", "OPTIONS, POST"),
        ("DELETE", "/readyz", "GET, HEAD, OPTIONS"),
    ],
)
def test_another_method_is_told_which_are_allowed(asker: Asker, method: str, path: str, allowed: str) -> None:
    answer = asker.ask(method, path)
    refused(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == allowed
    options = asker.ask("OPTIONS", path)
    assert (options.status, options.headers["allow"], options.body) == (204, allowed, b"")


def test_head_answers_as_get_without_a_body(asker: Asker, user: str) -> None:
    read, head = asker.get(f"/users/find/{user}"), asker.ask("HEAD", f"/users/find/{user}")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == read.headers["content-length"]


def test_a_body_is_ignored(asker: Asker, user: str) -> None:
    for body in (b"{}", b"\x00\xff" * 5000):
        answer = asker.ask("POST", f"/users/credit/add/{user}/1", {"Content-Type": "application/json"}, body)
        assert answer.status == 200
    assert asker.get(f"/users/find/{user}").body["credit"] == 12


def test_every_answer_tells_its_length_and_where_its_time_went(asker: Asker, user: str) -> None:
    for method, path in [*ON_A_USER, ("GET", "/nothing"), ("GET", "/users/create"), ("GET", "/healthz")]:
        answer = asker.ask(method, path.format(user))
        assert int(answer.headers["content-length"]) > 0
        names = re.findall(r"(\w+);dur=[0-9.]+", answer.headers["server-timing"])
        assert names == ["endpoint", "request", "function", "reply", "total"]
