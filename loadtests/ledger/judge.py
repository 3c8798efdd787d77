"""Whether each user's credit is what the answered requests make it: arithmetic on samples, no I/O.

An update answered 2xx was applied once; one answered 4xx was not; one answered 5xx, or not at all, may have
been (once), and so widens the bounds. With no such update the bounds meet, and the credit must be exact.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from loadtests.ledger.balances import check_account
from loadtests.ledger.consistency import crossed_answers, empty_answers, own_answers, stale_answers
from loadtests.ledger.operations import OPERATION, Finding, created_users, of_each_user, operations

Verdict = Literal["valid", "invalid", "unknown"]
COUNTS = ("users", "updates", "lost", "doubled", "stale", "crossed", "indeterminate")
DETAILS = 10
_NOTHING = np.zeros(0, OPERATION)


@dataclass(frozen=True)
class Ledger:
    """The outcome, with the fields of `ledger.json`."""

    verdict: Verdict
    users: int
    updates: int
    lost: int
    """Users whose credit, or being, shows fewer updates than were answered."""
    doubled: int
    """Users whose credit shows more updates than were attempted, and ids given out twice."""
    stale: int
    """Answers that no order of the updates around them explains, or that are wrong in themselves."""
    crossed: int
    """Answers that were about another user than was asked for."""
    indeterminate: int
    """Updates without an answer, which widen the bounds."""
    detail: list[str] = field(default_factory=list)
    """A sentence for each of the first ten findings."""


def judge(
    samples: NDArray[np.void],
    opening: Mapping[int, int],
    closing: Mapping[int, int | None],
    wanted: int,
    misread: Iterable[Finding] = (),
) -> Ledger:
    """Compare the *closing* credits (None: 404) with what *samples* make of the *opening* ones.

    *wanted* users should have been read; where *closing* has fewer, nothing is known of the others, but for
    what was *misread*. The stale answers about a user whose credit is wrong are its consequences, and not
    counted again.
    """
    own = own_answers(samples)
    done = operations(own)
    unbalanced = _unbalanced(done, opening, closing)
    known = [*opening, *created_users(done)["user"].tolist()]
    found = [*crossed_answers(samples), *misread, *unbalanced.values(), *_ids_given_twice(known)]
    found += empty_answers(own, known)
    found += stale_answers(own[~np.isin(own["user"], list(unbalanced))], done, opening)
    counts = Counter(finding.kind for finding in found)
    return Ledger(
        verdict=_verdict(found, unread=wanted - len(closing)),
        users=len(closing),
        updates=int(np.count_nonzero(done["delta"])),
        lost=counts["lost"],
        doubled=counts["doubled"],
        stale=counts["stale"],
        crossed=counts["crossed"],
        indeterminate=int(np.count_nonzero((done["delta"] != 0) & done["unknown"])),
        detail=[finding.sentence for finding in found[:DETAILS]],
    )


def _unbalanced(
    done: NDArray[np.void], opening: Mapping[int, int], closing: Mapping[int, int | None]
) -> dict[int, Finding]:
    by_user = of_each_user(done)
    accounts = {
        user: check_account(user, opening.get(user, 0), by_user.get(user, _NOTHING), credit)
        for user, credit in closing.items()
    }
    return {user: finding for user, finding in accounts.items() if finding}


def merge(ledgers: Iterable[Ledger]) -> Ledger:
    """Add up the ledgers of processes that share no user."""
    parts = list(ledgers)
    verdicts = {part.verdict for part in parts}
    return Ledger(
        verdict=next((word for word in ("invalid", "unknown") if word in verdicts), "valid"),
        **{name: sum(getattr(part, name) for part in parts) for name in COUNTS},
        detail=[sentence for part in parts for sentence in part.detail][:DETAILS],
    )


def _verdict(found: list[Finding], unread: int) -> Verdict:
    if found:
        return "invalid"
    return "unknown" if unread > 0 else "valid"


def _ids_given_twice(known: Iterable[int]) -> list[Finding]:
    return [
        Finding("doubled", f"Id {user} was given out {times} times.")
        for user, times in Counter(known).items()
        if times > 1
    ]
