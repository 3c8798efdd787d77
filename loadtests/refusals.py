"""Refusals that nothing explains: a service that refuses everything would balance, and be fast.

A subtraction may be refused if some order of the updates around it leaves too little, an addition if some
order leaves too much. Nothing else that a load asks for may be refused, but for users that are not there.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from loadtests.body import MAX_CREDIT
from loadtests.findings import Finding
from loadtests.operations import REMOVE, SIGNS


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
