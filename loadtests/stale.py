"""Answers that no order of the updates around them explains.

A read sent after an update was answered must show it, and cannot show one sent after the read ended. Between
those two, any update may or may not show: the bounds are sound, and so never accuse a correct service.
"""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from loadtests.findings import Finding
from loadtests.operations import NEVER_NS, OPERATION, REMOVE, created_users, of_each_user
from loadtests.refusals import wrong_refusals
from loadtests.routes import CREATE_NUMBERS

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
