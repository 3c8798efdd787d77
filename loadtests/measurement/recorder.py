"""Record of the requests while a load runs: one row each in two flat arrays, about a microsecond per row."""

from array import array
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from loadtests.measurement.samples import HOPS, SAMPLE, HopTimes


class SampleRow(NamedTuple):
    """The whole numbers of a sample, in the order of its columns."""

    number: int
    operation: int
    intended_ns: int
    sent_ns: int
    ended_ns: int
    route: int
    status: int
    user: int
    answered: int
    amount: int
    credit: int


class Recorder:
    """Appends rows while the load runs and returns them as one structured array."""

    def __init__(self) -> None:
        self._whole = array("q")
        self._hops = array("f")

    def __len__(self) -> int:
        return len(self._hops) // len(HOPS)

    def append(self, row: SampleRow, hops_ms: HopTimes) -> None:
        """Record one request."""
        self._whole.extend(row)
        self._hops.extend(hops_ms)

    def rows(self, first: int = 0) -> NDArray[np.void]:
        """Return the rows from index *first* on, in the order in which the requests ended."""
        width = len(SampleRow._fields)
        whole = np.array(self._whole[first * width :], dtype="i8").reshape(-1, width)
        hops = np.array(self._hops[first * len(HOPS) :], dtype="f4").reshape(-1, len(HOPS))
        rows = np.empty(len(whole), SAMPLE)
        for column, name in enumerate(SampleRow._fields):
            rows[name] = whole[:, column]
        for column, name in enumerate(HOPS):
            rows[f"{name}_ms"] = hops[:, column]
        return rows
