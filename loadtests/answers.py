"""Answers that are wrong in themselves, whatever order the updates had.

One that names another user than was asked for is the reply to another request, handed to the wrong caller. It
tells nothing of its own request, which counts as unanswered. Where an answer names no user, as that to a
remove, nothing is known.
"""

from collections.abc import Collection, Iterator

import numpy as np
from numpy.typing import NDArray

from loadtests.body import NOT_TOLD
from loadtests.findings import Finding
from loadtests.operations import NOBODY
from loadtests.routes import CREATE_NUMBERS, NUMBERS, READS

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


def heard(samples: NDArray[np.void]) -> NDArray[np.void]:
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
    for row in fine[reads & (fine["credit"] == NOT_TOLD)]:
        yield Finding("stale", f"Request {row['number']} was answered {row['status']} without a credit.")
    for row in fine[~creates & ~np.isin(fine["user"], list(known))]:
        yield Finding(
            "stale",
            f"Request {row['number']} was answered {row['status']} for a user that was never given out.",
        )


def _fine(samples: NDArray[np.void]) -> NDArray[np.bool_]:
    return np.asarray(samples["status"] // 100 == 2)
