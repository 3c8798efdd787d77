"""Routes under /users: every status, every body, every error."""

import re

import pytest

from tests.system.contract.client import Answer, ServiceClient

pytestmark = pytest.mark.real

MAX_CREDIT = 2**63 - 1
UNASSIGNED_IDS = [
    "nobody",
    "007",
    "-1",
    "abc",
    str(MAX_CREDIT),
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
INVALID_AMOUNTS = ["-1", "1.5", "abc", "+1", "%201", "1e3", "0x1", "%D9%A3", str(MAX_CREDIT + 1), "1" * 300]


def refused(answer: Answer, status: int, error: str) -> None:
    assert (answer.status, answer.error) == (status, error)
    assert answer.body == {"result": "failure", "error": error, "detail": answer.body["detail"]}
    assert answer.body["detail"].endswith(".")
    assert answer.headers["content-type"] == "application/json"


def test_a_user_is_created_with_a_new_id_and_no_credit(client: ServiceClient) -> None:
    made, next_one = client.post("/users/create"), client.post("/users/create")
    user = made.body["user_id"]
    assert (made.status, made.body) == (201, {"user_id": user})
    assert made.headers["location"] == f"/users/find/{user}"
    assert int(next_one.body["user_id"]) == int(user) + 1
    assert client.get(made.headers["location"]).body == {"user_id": user, "credit": 0}


@pytest.mark.parametrize("route", ["find", "credit"])
def test_a_user_is_read(client: ServiceClient, user: str, route: str) -> None:
    read = client.get(f"/users/{route}/{user}")
    assert (read.status, read.body) == (200, {"user_id": user, "credit": 10})


def test_a_credit_is_raised_and_lowered(client: ServiceClient, user: str) -> None:
    raised = client.post(f"/users/credit/add/{user}/5")
    assert (raised.status, raised.body) == (200, {"result": "success", "user_id": user, "credit": 15})
    lowered = client.post(f"/users/credit/subtract/{user}/15")
    assert (lowered.status, lowered.body) == (200, {"result": "success", "user_id": user, "credit": 0})


@pytest.mark.parametrize("amount", ["0", "00", "0000000000000000000"])
def test_an_amount_may_be_0(client: ServiceClient, user: str, amount: str) -> None:
    for route in ("add", "subtract"):
        assert client.post(f"/users/credit/{route}/{user}/{amount}").body["credit"] == 10


def test_a_removed_user_is_unknown_and_its_id_is_not_assigned_again(client: ServiceClient, user: str) -> None:
    removed = client.request("DELETE", f"/users/remove/{user}")
    assert (removed.status, removed.body) == (200, {"result": "success"})
    for method, path in ON_A_USER:
        refused(client.request(method, path.format(user)), 404, "unknown_user")
    assert client.post("/users/create").body["user_id"] != user


@pytest.mark.parametrize(("method", "path"), ON_A_USER)
def test_an_id_that_was_never_assigned_is_unknown(client: ServiceClient, method: str, path: str) -> None:
    for user_id in UNASSIGNED_IDS:
        answer = client.request(method, path.format(user_id))
        # A server may decode %2F before it routes; then the path has one part more.
        assert user_id == "a%2Fb" or answer.error == "unknown_user", (user_id, answer)
        assert answer.status == 404, (user_id, answer)


@pytest.mark.parametrize("route", ["add", "subtract"])
def test_an_invalid_amount_changes_nothing(client: ServiceClient, user: str, route: str) -> None:
    for amount in INVALID_AMOUNTS:
        refused(client.post(f"/users/credit/{route}/{user}/{amount}"), 400, "invalid_amount")
    assert client.get(f"/users/find/{user}").body["credit"] == 10


def test_a_credit_stays_between_0_and_the_limit(client: ServiceClient, user: str) -> None:
    refused(client.post(f"/users/credit/subtract/{user}/11"), 400, "insufficient_credit")
    refused(client.post(f"/users/credit/add/{user}/{MAX_CREDIT}"), 400, "credit_limit")
    assert client.post(f"/users/credit/add/{user}/{MAX_CREDIT - 10}").body["credit"] == MAX_CREDIT
    refused(client.post(f"/users/credit/add/{user}/1"), 400, "credit_limit")
    assert client.get(f"/users/find/{user}").body["credit"] == MAX_CREDIT


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
def test_an_unknown_path_is_404(client: ServiceClient, method: str, path: str) -> None:
    refused(client.request(method, path), 404, "unknown_route")


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
def test_another_method_is_405_with_the_allowed_ones(
    client: ServiceClient, method: str, path: str, allowed: str
) -> None:
    answer = client.request(method, path)
    refused(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == allowed
    options = client.request("OPTIONS", path)
    assert (options.status, options.headers["allow"], options.body) == (204, allowed, b"")


def test_head_answers_as_get_without_a_body(client: ServiceClient, user: str) -> None:
    read, head = client.get(f"/users/find/{user}"), client.request("HEAD", f"/users/find/{user}")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == read.headers["content-length"]


def test_a_body_is_ignored(client: ServiceClient, user: str) -> None:
    for body in (b"{}", b"\x00\xff" * 5000):
        answer = client.request(
            "POST", f"/users/credit/add/{user}/1", {"Content-Type": "application/json"}, body
        )
        assert answer.status == 200
    assert client.get(f"/users/find/{user}").body["credit"] == 12


def test_every_answer_has_its_length_and_server_timing(client: ServiceClient, user: str) -> None:
    for method, path in [*ON_A_USER, ("GET", "/nothing"), ("GET", "/users/create"), ("GET", "/healthz")]:
        answer = client.request(method, path.format(user))
        assert int(answer.headers["content-length"]) > 0
        names = re.findall(r"(\w+);dur=[0-9.]+", answer.headers["server-timing"])
        assert names == ["endpoint", "request", "function", "reply", "total"]
