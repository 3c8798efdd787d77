"""The credit ledger: whether each user's credit is the sum of the answered requests. No I/O.

An update answered 2xx was applied once, one answered 4xx was not applied. One answered 5xx, or not at all,
may have been applied once, and so widens the bounds. Without such an update the credit must be exact.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from loadtests.ledger.consistency import (
    contradictions,
    crossed_answers,
    incomplete_answers,
    without_crossed_answers,
)
from loadtests.ledger.operations import NO_OPERATIONS, Finding, by_user, created_users, group_operations
from loadtests.ledger.user_balance import check_balance

LedgerVerdict = Literal["valid", "invalid", "unknown"]
COUNTS = ("users", "updates", "lost", "doubled", "stale", "crossed", "indeterminate")
DETAILS = 10


@dataclass(frozen=True)
class Ledger:
    """The outcome, with the fields of `ledger.json`."""

    verdict: LedgerVerdict
    users: int
    updates: int
    lost: int
    """Users with too little: an answered update is missing from the credit, or the user itself is."""
    doubled: int
    """Users with too much: an update counts twice in the credit. And ids that were given out twice."""
    stale: int
    """Contradictions: answers with an old or impossible content, whatever the order of the updates was."""
    crossed: int
    """Answers about another user than the one requested."""
    indeterminate: int
    """Updates without an answer, which widen the bounds."""
    detail: list[str] = field(default_factory=list)
    """A sentence for each of the first ten findings."""


def judge(
    samples: NDArray[np.void],
    opening: Mapping[int, int],
    closing: Mapping[int, int | None],
    expected_reads: int,
    crossed_reads: Iterable[Finding] = (),
) -> Ledger:
    """Compare the *closing* credits (None: 404) with the *opening* ones and the updates in *samples*.

    *expected_reads* users should have been read at the end: the verdict is unknown where *closing* has fewer.
    *crossed_reads* are findings of those reads. Contradictions about a user with a wrong credit follow from
    that fault and are not counted again.
    """
    rows = without_crossed_answers(samples)
    operations = group_operations(rows)
    unbalanced = _unbalanced(operations, opening, closing)
    known = [*opening, *created_users(operations)["user"].tolist()]
    found = [*crossed_answers(samples), *crossed_reads, *unbalanced.values(), *_ids_given_twice(known)]
    found += incomplete_answers(rows, known)
    found += contradictions(rows[~np.isin(rows["user"], list(unbalanced))], operations, opening)
    counts = Counter(finding.kind for finding in found)
    return Ledger(
        verdict=_verdict(found, missing_reads=expected_reads - len(closing)),
        users=len(closing),
        updates=int(np.count_nonzero(operations["delta"])),
        lost=counts["lost"],
        doubled=counts["doubled"],
        stale=counts["stale"],
        crossed=counts["crossed"],
        indeterminate=int(np.count_nonzero((operations["delta"] != 0) & operations["unknown"])),
        detail=[finding.sentence for finding in found[:DETAILS]],
    )


def _unbalanced(
    operations: NDArray[np.void], opening: Mapping[int, int], closing: Mapping[int, int | None]
) -> dict[int, Finding]:
    of_user = by_user(operations)
    balances = {
        user: check_balance(user, opening.get(user, 0), of_user.get(user, NO_OPERATIONS), credit)
        for user, credit in closing.items()
    }
    return {user: finding for user, finding in balances.items() if finding}


def merge(ledgers: Iterable[Ledger]) -> Ledger:
    """Add up the ledgers of processes that share no user."""
    parts = list(ledgers)
    verdicts = {part.verdict for part in parts}
    return Ledger(
        verdict=next((word for word in ("invalid", "unknown") if word in verdicts), "valid"),
        **{name: sum(getattr(part, name) for part in parts) for name in COUNTS},
        detail=[sentence for part in parts for sentence in part.detail][:DETAILS],
    )


def _verdict(found: list[Finding], missing_reads: int) -> LedgerVerdict:
    if found:
        return "invalid"
    return "unknown" if missing_reads > 0 else "valid"


def _ids_given_twice(known: Iterable[int]) -> list[Finding]:
    return [
        Finding("doubled", f"Id {user} was given out {times} times.")
        for user, times in Counter(known).items()
        if times > 1
    ]
