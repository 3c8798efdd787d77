"""One user's account: the bounds between which the credit must lie, and what a miss looks like."""

import numpy as np
from numpy.typing import NDArray

from loadtests.ledger.operations import REMOVE, Finding, Kind

NAMED = 3


def check_account(user: int, opening: int, done: NDArray[np.void], closing: int | None) -> Finding | None:
    """Compare the *closing* credit of *user* (None: there is none) with their operations *done*."""
    removes = done[done["route"] == REMOVE]
    removed = removes[removes["applied"]]
    if closing is None:
        gone_by_right = bool(np.any(removes["applied"] | removes["unknown"]))
        return (
            None if gone_by_right else Finding("lost", f"User {user} answers 404 though nobody removed them.")
        )
    if len(removed):
        number = removed["number"][0]
        return Finding("lost", f"User {user} is still there though request {number} removed them.")
    return _check_credit(user, opening, done, closing)


def _check_credit(user: int, opening: int, done: NDArray[np.void], closing: int) -> Finding | None:
    low, high = credit_bounds(opening, done)
    if low <= closing <= high:
        return None
    expected = f"{low}" if low == high else f"{low} to {high}"
    kind, suspects = _suspects(done[done["applied"]], closing - (high if closing > high else low))
    verb = "lost" if kind == "lost" else "applied twice"
    named = f" Request {_listed(suspects)} {verb} would explain it." if suspects else ""
    return Finding(
        kind, f"User {user} has credit {closing}; the answered requests make it {expected}.{named}"
    )


def credit_bounds(opening: int, done: NDArray[np.void]) -> tuple[int, int]:
    """Bound the credit: answered updates count, and those of unknown outcome may or may not."""
    answered = opening + int(done["delta"][done["applied"]].sum())
    unknown = done["delta"][done["unknown"]]
    return answered + int(unknown[unknown < 0].sum()), answered + int(unknown[unknown > 0].sum())


def _suspects(applied: NDArray[np.void], excess: int) -> tuple[Kind, list[int]]:
    """Name the single updates that explain *excess*; credit too high reads as doubled, too low as lost."""
    doubled: list[int] = applied["number"][applied["delta"] == excess].tolist()
    lost: list[int] = applied["number"][applied["delta"] == -excess].tolist()
    if excess > 0:
        return ("lost", lost) if lost and not doubled else ("doubled", doubled)
    return ("doubled", doubled) if doubled and not lost else ("lost", lost)


def _listed(numbers: list[int]) -> str:
    return " or ".join(map(str, numbers[:NAMED])) + (" or another" if len(numbers) > NAMED else "")
