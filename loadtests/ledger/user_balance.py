"""The balance of one user: the bounds of the credit at the end, and what explains a credit outside them."""

import numpy as np
from numpy.typing import NDArray

from loadtests.ledger.operations import REMOVE, Finding, FindingKind

SUSPECTS_NAMED = 3


def check_balance(
    user: int, opening: int, operations: NDArray[np.void], closing: int | None
) -> Finding | None:
    """Compare the *closing* credit of *user* (None: 404) with the *operations* on that user."""
    removes = operations[operations["route"] == REMOVE]
    if closing is None:
        if np.any(removes["applied"] | removes["unknown"]):
            return None
        return Finding("lost", f"User {user} answers 404 though nobody removed them.")
    removed = removes[removes["applied"]]
    if len(removed):
        number = removed["number"][0]
        return Finding("lost", f"User {user} is still there though request {number} removed them.")
    return _check_credit(user, opening, operations, closing)


def _check_credit(user: int, opening: int, operations: NDArray[np.void], closing: int) -> Finding | None:
    low, high = credit_bounds(opening, operations)
    if low <= closing <= high:
        return None
    expected = f"{low}" if low == high else f"{low} to {high}"
    excess = closing - (high if closing > high else low)
    kind, suspects = _suspects(operations[operations["applied"]], excess)
    verb = "lost" if kind == "lost" else "applied twice"
    named = f" Request {_listed(suspects)} {verb} would explain it." if suspects else ""
    return Finding(
        kind, f"User {user} has credit {closing}; the answered requests make it {expected}.{named}"
    )


def credit_bounds(opening: int, operations: NDArray[np.void]) -> tuple[int, int]:
    """Return the bounds of the credit: applied updates count, those of unknown outcome may or may not."""
    applied = opening + int(operations["delta"][operations["applied"]].sum())
    unknown = operations["delta"][operations["unknown"]]
    return applied + int(unknown[unknown < 0].sum()), applied + int(unknown[unknown > 0].sum())


def _suspects(applied: NDArray[np.void], excess: int) -> tuple[FindingKind, list[int]]:
    """Return the kind of fault, and the numbers of the single updates that explain *excess*.

    A credit that is too high counts as doubled and one that is too low as lost, unless only a single update
    of the other kind explains it.
    """
    doubled: list[int] = applied["number"][applied["delta"] == excess].tolist()
    lost: list[int] = applied["number"][applied["delta"] == -excess].tolist()
    if excess > 0:
        return ("lost", lost) if lost and not doubled else ("doubled", doubled)
    return ("doubled", doubled) if doubled and not lost else ("lost", lost)


def _listed(numbers: list[int]) -> str:
    named = " or ".join(map(str, numbers[:SUSPECTS_NAMED]))
    return named + (" or another" if len(numbers) > SUSPECTS_NAMED else "")
