"""Credits of a load's users before and after it: with the samples, all that the ledger is judged from."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from loadtests.ledger.judge import Ledger, judge, merge
from loadtests.ledger.operations import Finding

BY_USER = ("opening", "closing")
"""Fields whose keys are users: JSON has them as text."""


@dataclass(frozen=True)
class Credits:
    """The credits of the users of one process of a load, by the number of the user."""

    recorded: int
    """Samples of that process; in the samples of a load they follow those of the processes before it."""
    opening: dict[int, int]
    closing: dict[int, int | None]
    """As read at the end: None after a 404, and no entry for a user that could not be read."""
    wanted: int
    """Users whose credit should have been read, and requests without an end."""
    crossed: list[str]
    """A sentence for each read at the end that was answered about another user."""


def judge_credits(samples: NDArray[np.void], parts: Sequence[Credits]) -> Ledger:
    """Return the ledger of a load, each of whose processes has one of *parts*; they share no user."""
    return merge(
        judge(
            rows, part.opening, part.closing, part.wanted, (Finding("crossed", one) for one in part.crossed)
        )
        for rows, part in _split(samples, parts)
    )


def _split(samples: NDArray[np.void], parts: Sequence[Credits]) -> Iterator[tuple[NDArray[np.void], Credits]]:
    ends = np.cumsum([part.recorded for part in parts])
    if not len(ends) or ends[-1] != len(samples):
        raise ValueError(f"the credits belong to {sum(part.recorded for part in parts)} samples")
    yield from zip(np.split(samples, ends[:-1]), parts, strict=True)


def credits_text(parts: Sequence[Credits]) -> str:
    """Return *parts* as JSON: a list with an object per process."""
    return json.dumps([asdict(part) for part in parts]) + "\n"


def parse_credits(text: str) -> list[Credits]:
    """Return the credits in JSON; raise `ValueError`, `TypeError` or `KeyError` where it has others."""
    return [
        Credits(
            **part | {name: {int(user): credit for user, credit in part[name].items()} for name in BY_USER}
        )
        for part in json.loads(text)
    ]
