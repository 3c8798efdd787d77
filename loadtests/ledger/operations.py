"""What was asked to change, one row an operation: a request with its repeats under the same key."""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from loadtests.generator.routes import CREATE_NUMBERS, CREATES, NUMBERS, SPELLING

Kind = Literal["lost", "doubled", "stale", "crossed"]


class Finding(NamedTuple):
    """What is wrong: an update *lost*, *doubled*, or an answer that is *stale* or *crossed*."""

    kind: Kind
    sentence: str


NEVER_NS = np.iinfo("i8").max
_BELOW_EVERYBODY = np.iinfo("i8").min
REMOVE = NUMBERS["remove"]

OPERATION = np.dtype(
    [
        ("number", "i8"),
        ("route", "u1"),
        ("user", "i8"),  # -1 where the answer to a create did not come
        ("delta", "i8"),  # what it adds to the credit, 0 for creates and removes
        ("applied", "?"),  # it was answered 2xx
        ("unknown", "?"),  # it may have been applied: no answer, or 5xx, to any of its requests
        ("begun_ns", "i8"),  # its first send
        ("ended_ns", "i8"),  # its first answer of 2xx, else NEVER_NS
        ("requests", "i8"),
    ]
)

SIGNS = np.array([route.sign for route in SPELLING.values()], "i8")
"""By the number of a route: what its amount does to the credit."""
_WRITES = np.array([bool(route.sign) or name in CREATES | {"remove"} for name, route in SPELLING.items()])

NOBODY = -1


def operations(samples: NDArray[np.void]) -> NDArray[np.void]:
    """Fold the writes among *samples* into operations, in the order of their numbers."""
    writes = samples[_WRITES[samples["route"]]]
    writes = writes[np.argsort(writes["operation"], kind="stable")]
    numbers, first, requests = np.unique(writes["operation"], return_index=True, return_counts=True)
    done = np.zeros(len(numbers), OPERATION)
    if not len(numbers):
        return done
    answered = writes["status"] // 100
    applied = np.logical_or.reduceat(answered == 2, first)
    done["number"], done["requests"], done["applied"] = numbers, requests, applied
    done["unknown"] = ~applied & ~np.logical_or.reduceat(answered == 4, first)
    done["route"] = writes["route"][first]
    done["user"] = _who(writes["user"], first)
    done["delta"] = SIGNS[done["route"]] * writes["amount"][first]
    done["begun_ns"] = np.minimum.reduceat(writes["sent_ns"], first)
    done["ended_ns"] = np.minimum.reduceat(np.where(answered == 2, writes["ended_ns"], NEVER_NS), first)
    return done


def _who(users: NDArray[np.int64], first: NDArray[np.intp]) -> NDArray[np.int64]:
    """Give the user of each operation, whom any of its requests may tell; numbers of our own are below -1."""
    named = np.maximum.reduceat(np.where(users == NOBODY, _BELOW_EVERYBODY, users), first)
    return np.where(named == _BELOW_EVERYBODY, NOBODY, named)


def created_users(done: NDArray[np.void]) -> NDArray[np.void]:
    """Give the creates among the operations *done* that were answered with an id."""
    created: NDArray[np.void] = done[
        np.isin(done["route"], CREATE_NUMBERS) & done["applied"] & (done["user"] != NOBODY)
    ]
    return created


def of_each_user(rows: NDArray[np.void]) -> dict[int, NDArray[np.void]]:
    """Split *rows* by their column `user`."""
    ordered = rows[np.argsort(rows["user"], kind="stable")]
    users, first = np.unique(ordered["user"], return_index=True)
    return dict(zip(users.tolist(), np.split(ordered, first[1:]), strict=False))
