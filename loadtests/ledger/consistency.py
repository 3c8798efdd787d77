"""Answers that contradict the updates around them, whatever order those were applied in.

A read sent after an update was answered must include it; it cannot include one sent after the read ended. In
between, an update may or may not be included. The bounds are wide enough never to accuse a correct service.
"""

from collections.abc import Collection, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from loadtests.ledger.operations import (
    NEVER_NS,
    NO_OPERATIONS,
    REMOVE,
    SIGNS,
    Finding,
    by_user,
    created_users,
)
from loadtests.measurement.samples import NO_CREDIT, NO_USER, accepted, refused
from loadtests.scenarios.routes import CREATE_NUMBERS, MAX_CREDIT, READ_NUMBERS

Bounds = tuple[NDArray[np.int64], NDArray[np.int64]]
"""The least and the greatest credit that a user may have had, for each of some requests."""
_BEFORE_THE_LOAD_NS = -1


def _crossed(samples: NDArray[np.void]) -> NDArray[np.bool_]:
    """Return which answers are about another user than the one requested."""
    other = (samples["answered"] != NO_USER) & (samples["answered"] != samples["user"])
    return np.asarray(other & accepted(samples["status"]) & ~np.isin(samples["route"], CREATE_NUMBERS))


def crossed_answers(samples: NDArray[np.void]) -> Iterator[Finding]:
    """Find the answers that are about another user than the one requested."""
    for row in samples[_crossed(samples)]:
        yield Finding(
            "crossed",
            f"Request {row['number']} asked for user {row['user']}; the answer was about {row['answered']}.",
        )


def without_crossed_answers(samples: NDArray[np.void]) -> NDArray[np.void]:
    """Return *samples* in which a request with a crossed answer counts as not answered."""
    crossed = _crossed(samples)
    if not crossed.any():
        return samples
    rows = samples.copy()
    rows["status"][crossed] = 0
    return rows


def incomplete_answers(samples: NDArray[np.void], known: Collection[int]) -> Iterator[Finding]:
    """Find reads without a credit, creates without an id, and 2xx for users that are not *known*.

    *known* are the users that the service has created.
    """
    rows = samples[accepted(samples["status"])]
    creates, reads = np.isin(rows["route"], CREATE_NUMBERS), np.isin(rows["route"], READ_NUMBERS)
    faults = {
        "without a user's id": creates & (rows["user"] == NO_USER),
        "without a credit": reads & (rows["credit"] == NO_CREDIT),
        "for a user that was never given out": ~creates & ~np.isin(rows["user"], list(known)),
    }
    for fault, where in faults.items():
        for row in rows[where]:
            yield Finding("stale", f"Request {row['number']} was answered {row['status']} {fault}.")


def contradictions(
    samples: NDArray[np.void], operations: NDArray[np.void], opening: Mapping[int, int]
) -> list[Finding]:
    """Find wrong answers about the users in *opening* and those created in the load."""
    created = created_users(operations)
    exists_since_ns = dict(zip(created["user"].tolist(), created["ended_ns"].tolist(), strict=True))
    exists_since_ns |= dict.fromkeys(opening, _BEFORE_THE_LOAD_NS)
    operations_of = by_user(operations)
    rows_of = by_user(samples[~np.isin(samples["route"], CREATE_NUMBERS)])
    found: list[Finding] = []
    for user in exists_since_ns.keys() & rows_of.keys():
        own, rows, credit = operations_of.get(user, NO_OPERATIONS), rows_of[user], opening.get(user, 0)
        found += _wrong_credits(user, credit, rows, own)
        found += _wrong_existence(user, exists_since_ns[user], rows, own)
        found += _wrong_refusals(user, credit, rows, own)
    return found


def _wrong_credits(
    user: int, opening: int, rows: NDArray[np.void], operations: NDArray[np.void]
) -> Iterator[Finding]:
    """Find answers whose credit is outside its bounds.

    The answers to repeated requests are left out: they repeat the credit of the first time.
    """
    with_credit = accepted(rows["status"]) & (rows["credit"] >= 0) & ~_repeated(rows, operations)
    answers = rows[with_credit]
    low, high = bounds_in_answers(opening, answers, operations)
    for at in np.flatnonzero((answers["credit"] < low) | (answers["credit"] > high)):
        yield Finding(
            "stale",
            f"Request {answers['number'][at]} showed credit {answers['credit'][at]} of user {user}; "
            f"the updates before and around it allow {low[at]} to {high[at]}.",
        )


def _repeated(rows: NDArray[np.void], operations: NDArray[np.void]) -> NDArray[np.bool_]:
    """Return which of *rows* belong to an operation that was sent more than once."""
    return np.isin(rows["operation"], operations["number"][operations["requests"] > 1])


def bounds_in_answers(opening: int, answers: NDArray[np.void], operations: NDArray[np.void]) -> Bounds:
    """Return the bounds of the credit in each of *answers*, which includes the request's own change."""
    deltas = dict(zip(operations["number"].tolist(), operations["delta"].tolist(), strict=True))
    own = np.array([deltas.get(number, 0) for number in answers["operation"].tolist()], "i8")
    low, high = bounds_around(opening, answers, operations)
    return low + np.maximum(own, 0), high + np.minimum(own, 0)


def bounds_around(opening: int, rows: NDArray[np.void], operations: NDArray[np.void]) -> Bounds:
    """Return the bounds of the credit that the user may have had while each of *rows* was under way."""
    possible = operations[operations["applied"] | operations["unknown"]]
    gains, losses = possible[possible["delta"] > 0], possible[possible["delta"] < 0]
    low = opening + _ended_before(gains, rows) + _sent_before(losses, rows)
    high = opening + _ended_before(losses, rows) + _sent_before(gains, rows)
    return low, high


def _ended_before(changes: NDArray[np.void], rows: NDArray[np.void]) -> NDArray[np.int64]:
    return _sum_until(changes, changes["ended_ns"], rows["sent_ns"])


def _sent_before(changes: NDArray[np.void], rows: NDArray[np.void]) -> NDArray[np.int64]:
    return _sum_until(changes, changes["sent_ns"], rows["ended_ns"])


def _sum_until(
    changes: NDArray[np.void], at_ns: NDArray[np.int64], limits_ns: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return, for each of *limits_ns*, the sum of the *changes* whose time *at_ns* is not after it."""
    order = np.argsort(at_ns)
    sums = np.concatenate([[0], np.cumsum(changes["delta"][order])])
    return sums[np.searchsorted(at_ns[order], limits_ns, side="right")]


def _wrong_existence(
    user: int, exists_since_ns: int, rows: NDArray[np.void], operations: NDArray[np.void]
) -> Iterator[Finding]:
    """Find a 404 about a user that exists, and a 2xx about one that was removed."""
    removes = operations[operations["route"] == REMOVE]
    possible = removes[removes["applied"] | removes["unknown"]]
    remove_sent_ns = int(possible["sent_ns"].min()) if len(possible) else NEVER_NS
    remove_ended_ns = int(possible["ended_ns"].min()) if len(possible) else NEVER_NS
    existed = (rows["sent_ns"] >= exists_since_ns) & (rows["ended_ns"] < remove_sent_ns)
    for number in rows["number"][(rows["status"] == 404) & existed]:
        yield Finding("stale", f"Request {number} was answered 404 though user {user} was there.")
    for number in rows["number"][accepted(rows["status"]) & (rows["sent_ns"] > remove_ended_ns)]:
        yield Finding("stale", f"Request {number} was answered though user {user} had been removed.")


def _wrong_refusals(
    user: int, opening: int, rows: NDArray[np.void], operations: NDArray[np.void]
) -> Iterator[Finding]:
    """Find refusals, and statuses that no route has, without a reason.

    The answer to a repeated request is that of the first time. A user that may have been removed may be
    refused anything. Both are left out.
    """
    if np.any(operations["route"] == REMOVE):
        return
    low, high = bounds_around(opening, rows, operations)
    signs, status = SIGNS[rows["route"]], rows["status"]
    too_little = (signs < 0) & (rows["amount"] > low)
    too_much = (signs > 0) & (rows["amount"] > MAX_CREDIT - high)
    unexpected = np.isin(status // 100, (1, 3)) | (refused(status) & ~np.isin(status, (400, 404)))
    wrong = unexpected | ((status == 400) & ~too_little & ~too_much)
    for row in rows[wrong & ~_repeated(rows, operations)]:
        yield Finding(
            "stale",
            f"Request {row['number']} to user {user} was answered {row['status']}, which nothing explains.",
        )
