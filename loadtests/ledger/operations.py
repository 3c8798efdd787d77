"""Operations: the writes of a load, where a request and its repeats under the same key are one row."""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from loadtests.measurement.samples import NO_USER, accepted, refused
from loadtests.scenarios.routes import CREATE_NUMBERS, CREATES, LOAD_ROUTES, ROUTE_NUMBERS

FindingKind = Literal["lost", "doubled", "stale", "crossed"]


class Finding(NamedTuple):
    """One fault of the service, with a sentence about it; `Ledger` explains the kinds."""

    kind: FindingKind
    sentence: str


NEVER_NS = np.iinfo("i8").max
_BELOW_EVERY_USER = np.iinfo("i8").min
REMOVE = ROUTE_NUMBERS["remove"]

OPERATION = np.dtype(
    [
        ("number", "i8"),
        ("route", "u1"),
        ("user", "i8"),  # NO_USER where a create was not answered
        ("delta", "i8"),  # the change of the credit, 0 for creates and removes
        ("applied", "?"),  # answered 2xx
        ("unknown", "?"),  # may have been applied: no answer, or 5xx, to each of its requests
        ("sent_ns", "i8"),  # of its first request
        ("ended_ns", "i8"),  # of its first answer 2xx, else NEVER_NS
        ("requests", "i8"),
    ]
)
NO_OPERATIONS = np.zeros(0, OPERATION)

SIGNS = np.array([route.sign for route in LOAD_ROUTES.values()], "i8")
"""By the number of a route: the sign of its amount, 0 if it does not change the credit."""
_WRITES = np.array([bool(route.sign) or name in CREATES | {"remove"} for name, route in LOAD_ROUTES.items()])


def group_operations(samples: NDArray[np.void]) -> NDArray[np.void]:
    """Group the writes among *samples* into operations, ordered by number."""
    writes = samples[_WRITES[samples["route"]]]
    writes = writes[np.argsort(writes["operation"], kind="stable")]
    numbers, first, requests = np.unique(writes["operation"], return_index=True, return_counts=True)
    operations = np.zeros(len(numbers), OPERATION)
    if not len(numbers):
        return operations
    done = accepted(writes["status"])
    applied = np.logical_or.reduceat(done, first)
    operations["number"], operations["requests"], operations["applied"] = numbers, requests, applied
    operations["unknown"] = ~applied & ~np.logical_or.reduceat(refused(writes["status"]), first)
    operations["route"] = writes["route"][first]
    operations["user"] = _user_of_each(writes["user"], first)
    operations["delta"] = SIGNS[operations["route"]] * writes["amount"][first]
    operations["sent_ns"] = np.minimum.reduceat(writes["sent_ns"], first)
    operations["ended_ns"] = np.minimum.reduceat(np.where(done, writes["ended_ns"], NEVER_NS), first)
    return operations


def _user_of_each(users: NDArray[np.int64], first: NDArray[np.intp]) -> NDArray[np.int64]:
    """Return the user of each operation, which the answer to any of its requests may name.

    Ids that are not numbers have numbers of our own, which are below NO_USER.
    """
    named = np.maximum.reduceat(np.where(users == NO_USER, _BELOW_EVERY_USER, users), first)
    return np.where(named == _BELOW_EVERY_USER, NO_USER, named)


def created_users(operations: NDArray[np.void]) -> NDArray[np.void]:
    """Return the creates among *operations* that were answered with an id."""
    created: NDArray[np.void] = operations[
        np.isin(operations["route"], CREATE_NUMBERS) & operations["applied"] & (operations["user"] != NO_USER)
    ]
    return created


def by_user(rows: NDArray[np.void]) -> dict[int, NDArray[np.void]]:
    """Split *rows* by their column `user`."""
    ordered = rows[np.argsort(rows["user"], kind="stable")]
    users, first = np.unique(ordered["user"], return_index=True)
    return dict(zip(users.tolist(), np.split(ordered, first[1:]), strict=False))
