"""Answers that no order of the updates around them explains.

A read sent after an update was answered must show it, and cannot show one sent after the read ended. Between
those two, any update may or may not show: the bounds are sound, and so never accuse a correct service.
"""

from collections.abc import Collection, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from loadtests.generator.responses import MAX_CREDIT, NO_CREDIT
from loadtests.generator.routes import CREATE_NUMBERS, NUMBERS, READS
from loadtests.ledger.operations import (
    NEVER_NS,
    NOBODY,
    OPERATION,
    REMOVE,
    SIGNS,
    Finding,
    created_users,
    of_each_user,
)

_READS = [NUMBERS[name] for name in READS]


def crossed(samples: NDArray[np.void]) -> NDArray[np.bool_]:
    """Mark the answers about another user than was asked for."""
    elsewhere = (samples["answered"] != NOBODY) & (samples["answered"] != samples["user"])
    return np.asarray(elsewhere & _fine(samples) & ~np.isin(samples["route"], CREATE_NUMBERS))


def crossed_answers(samples: NDArray[np.void]) -> Iterator[Finding]:
    """Name each of them."""
    for row in samples[crossed(samples)]:
        yield Finding(
            "crossed",
            f"Request {row['number']} asked for user {row['user']}; the answer was about {row['answered']}.",
        )


def own_answers(samples: NDArray[np.void]) -> NDArray[np.void]:
    """Give *samples* with no answer where it was that to another request."""
    lost = crossed(samples)
    if not lost.any():
        return samples
    own = samples.copy()
    own["status"][lost] = 0
    return own


def empty_answers(samples: NDArray[np.void], known: Collection[int]) -> Iterator[Finding]:
    """Find reads without a credit, creates without an id, and answers for users that are not *known*.

    *known* are the users that the service has given out: another has nothing that could be answered.
    """
    fine = samples[_fine(samples)]
    creates, reads = np.isin(fine["route"], CREATE_NUMBERS), np.isin(fine["route"], _READS)
    for row in fine[creates & (fine["user"] == NOBODY)]:
        yield Finding("stale", f"Request {row['number']} was answered {row['status']} without a user's id.")
    for row in fine[reads & (fine["credit"] == NO_CREDIT)]:
        yield Finding("stale", f"Request {row['number']} was answered {row['status']} without a credit.")
    for row in fine[~creates & ~np.isin(fine["user"], list(known))]:
        yield Finding(
            "stale",
            f"Request {row['number']} was answered {row['status']} for a user that was never given out.",
        )


def _fine(samples: NDArray[np.void]) -> NDArray[np.bool_]:
    return np.asarray(samples["status"] // 100 == 2)


def wrong_refusals(
    user: int,
    bounds: tuple[NDArray[np.int64], NDArray[np.int64]],
    rows: NDArray[np.void],
    done: NDArray[np.void],
) -> Iterator[Finding]:
    """Find them among the *rows* of *user*; *bounds* are the credits that it may have had at each.

    A repeat shows the first answer, and a user that was, or may have been, removed may be refused anything.
    """
    if np.any(done["route"] == REMOVE):
        return
    repeated = np.isin(rows["operation"], done["number"][done["requests"] > 1])
    kinds, signs = rows["status"] // 100, SIGNS[rows["route"]]
    odd = np.isin(kinds, (1, 3)) | ((kinds == 4) & ~np.isin(rows["status"], (400, 404)))
    refused = odd | ((rows["status"] == 400) & ~_may_be_refused(bounds, rows, signs))
    for row in rows[refused & ~repeated]:
        yield Finding(
            "stale",
            f"Request {row['number']} to user {user} was answered {row['status']}, which nothing explains.",
        )


def _may_be_refused(
    bounds: tuple[NDArray[np.int64], NDArray[np.int64]], rows: NDArray[np.void], signs: NDArray[np.int64]
) -> NDArray[np.bool_]:
    low, high = bounds
    too_little = (signs < 0) & (rows["amount"] > low)
    too_much = (signs > 0) & (rows["amount"] > MAX_CREDIT - high)
    return np.asarray(too_little | too_much)


_NOTHING = np.zeros(0, OPERATION)
_BEFORE_NS = -1


def stale_answers(
    samples: NDArray[np.void], done: NDArray[np.void], opening: Mapping[int, int]
) -> list[Finding]:
    """Find stale answers about users whose beginning is known: *opening*, and those created in the load."""
    created = created_users(done)
    since_ns = dict(zip(created["user"].tolist(), created["ended_ns"].tolist(), strict=True))
    since_ns |= dict.fromkeys(opening, _BEFORE_NS)
    by_user = of_each_user(done)
    rows_of = of_each_user(samples[~np.isin(samples["route"], CREATE_NUMBERS)])
    found: list[Finding] = []
    for user in since_ns.keys() & rows_of.keys():
        mine = by_user.get(user, _NOTHING)
        found += _wrong_credits(user, opening.get(user, 0), rows_of[user], mine)
        found += _wrong_existence(user, since_ns[user], rows_of[user], mine)
        around = surrounding_bounds(opening.get(user, 0), rows_of[user], mine)
        found += wrong_refusals(user, around, rows_of[user], mine)
    return found


def _wrong_credits(
    user: int, opening: int, rows: NDArray[np.void], done: NDArray[np.void]
) -> Iterator[Finding]:
    shown = _showing_credit(rows, done)
    low, high = visible_bounds(opening, shown, done)
    for row in np.flatnonzero((shown["credit"] < low) | (shown["credit"] > high)):
        yield Finding(
            "stale",
            f"Request {shown['number'][row]} showed credit {shown['credit'][row]} of user {user}; "
            f"the updates before and around it allow {low[row]} to {high[row]}.",
        )


def _showing_credit(rows: NDArray[np.void], done: NDArray[np.void]) -> NDArray[np.void]:
    """Leave out the answers to repeated operations: these show the credit as it was the first time."""
    repeated = done["number"][done["requests"] > 1]
    showing: NDArray[np.void] = rows[
        (rows["status"] // 100 == 2) & (rows["credit"] >= 0) & ~np.isin(rows["operation"], repeated)
    ]
    return showing


def visible_bounds(
    opening: int, shown: NDArray[np.void], done: NDArray[np.void]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Bound the credit that each of the rows *shown* may show, its own change included."""
    own = np.zeros(len(shown), "i8")
    at = {int(number): int(delta) for number, delta in zip(done["number"], done["delta"], strict=True)}
    own[:] = [at.get(int(number), 0) for number in shown["operation"]]
    low, high = surrounding_bounds(opening, shown, done)
    return low + np.maximum(own, 0), high + np.minimum(own, 0)


def surrounding_bounds(
    opening: int, rows: NDArray[np.void], done: NDArray[np.void]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Bound the credit that the user may have had at each of *rows* by the updates that may have counted."""
    possible = done[done["applied"] | done["unknown"]]
    gains, losses = possible[possible["delta"] > 0], possible[possible["delta"] < 0]
    low = opening + _ended_before(gains, rows) + _begun_before(losses, rows)
    high = opening + _ended_before(losses, rows) + _begun_before(gains, rows)
    return low, high


def _ended_before(changes: NDArray[np.void], shown: NDArray[np.void]) -> NDArray[np.int64]:
    return _summed(changes, changes["ended_ns"], shown["sent_ns"])


def _begun_before(changes: NDArray[np.void], shown: NDArray[np.void]) -> NDArray[np.int64]:
    return _summed(changes, changes["begun_ns"], shown["ended_ns"])


def _summed(
    changes: NDArray[np.void], at_ns: NDArray[np.int64], limits_ns: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Sum the deltas of the *changes* whose time *at_ns* is not after each of *limits_ns*."""
    order = np.argsort(at_ns)
    sums = np.concatenate([[0], np.cumsum(changes["delta"][order])])
    return sums[np.searchsorted(at_ns[order], limits_ns, side="right")]


def _wrong_existence(
    user: int, since_ns: int, rows: NDArray[np.void], done: NDArray[np.void]
) -> Iterator[Finding]:
    removes = done[done["route"] == REMOVE]
    possible = removes[removes["applied"] | removes["unknown"]]
    begun_ns = int(possible["begun_ns"].min()) if len(possible) else NEVER_NS
    ended_ns = int(possible["ended_ns"].min()) if len(possible) else NEVER_NS
    missing = (rows["status"] == 404) & (rows["sent_ns"] >= since_ns) & (rows["ended_ns"] < begun_ns)
    for number in rows["number"][missing]:
        yield Finding("stale", f"Request {number} was answered 404 though user {user} was there.")
    undead = (rows["status"] // 100 == 2) & (rows["sent_ns"] > ended_ns)
    for number in rows["number"][undead]:
        yield Finding("stale", f"Request {number} was answered though user {user} had been removed.")
