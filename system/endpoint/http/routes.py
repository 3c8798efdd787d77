"""Table of all routes (name, method, path), and the contract of each for the OpenAPI description."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from system.endpoint.http.errors import ErrorCode


class Route(NamedTuple):
    """One route; metrics, the description and the views refer to its *name*."""

    name: str
    method: str
    path: str


ROUTES = (
    Route("create", "POST", "/users/create"),
    Route("find", "GET", "/users/find/<user_id>"),
    Route("remove", "DELETE", "/users/remove/<user_id>"),
    Route("credit", "GET", "/users/credit/<user_id>"),
    Route("add", "POST", "/users/credit/add/<user_id>/<amount>"),
    Route("subtract", "POST", "/users/credit/subtract/<user_id>/<amount>"),
    Route("look_up", "GET", "/users/requests/<request_id>"),
    Route("payment_create_user", "POST", "/payment/create_user"),
    Route("payment_batch_init", "POST", "/payment/batch_init/<count>/<money>"),
    Route("payment_find_user", "GET", "/payment/find_user/<user_id>"),
    Route("payment_add_funds", "POST", "/payment/add_funds/<user_id>/<amount>"),
    Route("payment_pay", "POST", "/payment/pay/<user_id>/<amount>"),
    Route("healthz", "GET", "/healthz"),
    Route("readyz", "GET", "/readyz"),
    Route("metrics", "GET", "/metrics"),
    Route("openapi", "GET", "/openapi.json"),
)

UNKNOWN = "unknown"
"""The label of a request whose path or method is not in the table."""

LABELS = (*(route.name for route in ROUTES), UNKNOWN)
"""The values of the label `route` of the metrics."""

NO_REPLY: tuple[ErrorCode, ...] = ("overloaded", "unavailable", "timeout")
KEYED: tuple[ErrorCode, ...] = ("invalid_id", "idempotency_conflict")
ADDING: tuple[ErrorCode, ...] = ("unknown_user", "invalid_amount", "credit_limit")
SUBTRACTING: tuple[ErrorCode, ...] = ("unknown_user", "invalid_amount", "insufficient_credit")

IN_PAYMENT: Mapping[ErrorCode, int] = {"unknown_user": 400, "idempotency_conflict": 400}


@dataclass(frozen=True)
class Contract:
    """The answers of a route: schemas by status, error codes, and *statuses* that are not the usual ones."""

    summary: str
    description: str
    successes: Mapping[int, tuple[str, ...]]
    errors: tuple[ErrorCode, ...] = ()
    statuses: Mapping[ErrorCode, int] = field(default_factory=dict)
    keyed: bool = False
    asynchronous: bool = False


CONTRACTS: Mapping[str, Contract] = {
    "create": Contract(
        "Create a user",
        "The user has a new id and no credit.",
        {201: ("Created",)},
        KEYED + NO_REPLY,
        keyed=True,
        asynchronous=True,
    ),
    "find": Contract("Read a user", "Id and credit.", {200: ("User",)}, ("unknown_user", *NO_REPLY)),
    "remove": Contract(
        "Remove a user",
        "The id is never assigned again.",
        {200: ("Removed",)},
        ("unknown_user", *KEYED, *NO_REPLY),
        keyed=True,
        asynchronous=True,
    ),
    "credit": Contract("Read a credit", "The same as find.", {200: ("User",)}, ("unknown_user", *NO_REPLY)),
    "add": Contract(
        "Raise a credit",
        "If the sum is above 2^63-1, nothing is changed.",
        {200: ("Changed",)},
        ADDING + KEYED + NO_REPLY,
        keyed=True,
        asynchronous=True,
    ),
    "subtract": Contract(
        "Lower a credit",
        "If the credit is less than the amount, nothing is changed.",
        {200: ("Changed",)},
        SUBTRACTING + KEYED + NO_REPLY,
        keyed=True,
        asynchronous=True,
    ),
    "look_up": Contract(
        "Read the outcome of an accepted request",
        "With the status and body of the request itself; 202 while a batch is in progress; 404 `invalid_id` "
        "if the request is not remembered.",
        {200: ("Changed", "Removed", "Message"), 201: ("Created",), 202: ("Progress",)},
        ("unknown_user", "invalid_amount", "credit_limit", "insufficient_credit", "invalid_id", *NO_REPLY),
        {"invalid_id": 404},
    ),
    "payment_create_user": Contract(
        "Create a user", "As /users/create.", {200: ("Created",)}, KEYED + NO_REPLY, IN_PAYMENT, keyed=True
    ),
    "payment_batch_init": Contract(
        "Create many users",
        "The users 0..count-1 then have that credit, whatever they had before. Some 8,000 users per second "
        "are created; more than fits the deadline ends in a 504 that says how many are done, while the "
        "rest goes on in the background. With `respond-async` the answer is 202 at once. Either way the "
        "progress can be read at Location. One batch at a time per process: another one gets `overloaded`.",
        {200: ("Message",)},
        ("invalid_amount", *KEYED, *NO_REPLY),
        IN_PAYMENT,
        keyed=True,
        asynchronous=True,
    ),
    "payment_find_user": Contract(
        "Read a user", "As /users/find.", {200: ("User",)}, ("unknown_user", *NO_REPLY), IN_PAYMENT
    ),
    "payment_add_funds": Contract(
        "Raise a credit",
        "As /users/credit/add.",
        {200: ("Changed",)},
        ADDING + KEYED + NO_REPLY,
        IN_PAYMENT,
        keyed=True,
    ),
    "payment_pay": Contract(
        "Lower a credit",
        "As /users/credit/subtract.",
        {200: ("Changed",)},
        SUBTRACTING + KEYED + NO_REPLY,
        IN_PAYMENT,
        keyed=True,
    ),
    "healthz": Contract(
        "Is this process alive?", "Without a round trip.", {200: ("Live",)}, ("unavailable",)
    ),
    "readyz": Contract(
        "Does a request make the whole round trip?",
        "Sends one, and returns the settings of the Kafka client.",
        {200: ("Ready",)},
        ("unavailable",),
    ),
    "metrics": Contract("Metrics of all processes", "Prometheus' text format.", {200: ()}),
    "openapi": Contract("This description", "OpenAPI 3.1.", {200: ("Description",)}),
}

ABOUT = """\
Users and their credit. Every body is JSON (except that of `/metrics`), every error has the form of `Failure`,
request bodies are ignored. GET routes also answer HEAD, and every route answers OPTIONS. Another path is
404 `unknown_route`, another method 405 `method_not_allowed`.

**Repeats.** POST and DELETE take an `Idempotency-Key`. A repeat with the same key gets the same answer and
changes nothing; the same key with another request is 422. Each user remembers its last 1,000 keyed requests;
so does the function that creates users.

**No reply.** 504 `timeout` means that the outcome is unknown: repeat the request with the same key or, if it
had none, read the user first. 503 `unavailable` means that nothing was changed, 503 `overloaded` that the
request was not sent.

**Asynchronous requests.** With `Prefer: respond-async` the answer is 202 once the request is queued for the
log; it is not stored yet. A GET of its `Location` returns the outcome, with the status and body that the
request itself would have had. 404 there means that the request was lost, that 1,000 keyed requests came
after it, or that the user does not exist: send it again with the same `Idempotency-Key`, and it is done at
most once. If the key was used for another request, the outcome is that of the other one. The other routes
under /payment ignore the preference.

**Batches.** With `respond-async`, `/payment/batch_init` is answered 202 when its users are reserved. The
look-up is 202 `pending` with the number of users that are done at least, and 200 when all are. The progress
is stored with the request's key. If `done` no longer grows, the process that filled the batch has ended: send
the request again with the same `Idempotency-Key`, and any process goes on with it; no user takes it twice.
"""
