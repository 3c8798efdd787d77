"""What the pictures are drawn from.

*series* is a cell's place in the run, which gives it one colour in all pictures.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Interval:
    """An estimate and its confidence interval; *low* and *high* are None where too few blocks allow none."""

    estimate: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Measured:
    """One cell's figure: a value for each block, and what they amount to."""

    cell: str
    series: int
    blocks: Sequence[float]
    interval: Interval


@dataclass(frozen=True)
class Ratio:
    """One cell's ratio to the reference, and the word that goes with it."""

    cell: str
    series: int
    interval: Interval
    word: str


@dataclass(frozen=True)
class Curve:
    """One cell's durations by percentile: *response_ms[i]* is the quantile at *fractions[i]*."""

    cell: str
    series: int
    fractions: Sequence[float]
    response_ms: Sequence[float]
    service_ms: Sequence[float]


@dataclass(frozen=True)
class Stack:
    """One cell's sum of parts, such as the hops of a request or the CPU time of components."""

    cell: str
    parts: Sequence[tuple[str, float]]
