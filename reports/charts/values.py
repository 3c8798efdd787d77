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

    @property
    def points(self) -> list[float]:
        """The estimate, and the ends where there are any."""
        return [value for value in (self.low, self.estimate, self.high) if value is not None]


@dataclass(frozen=True)
class Measured:
    """One row's figure: a value for each block, and what they amount to."""

    name: str
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
class StackedBar:
    """One cell's sum of parts, such as the hops of a request or the CPU time of components."""

    cell: str
    parts: Sequence[tuple[str, float]]


@dataclass(frozen=True)
class Line:
    """*y[i]* at *x[i]*."""

    x: Sequence[float]
    y: Sequence[float]


@dataclass(frozen=True)
class Timeline(Line):
    """A line over time, and when the service was at something else: pairs of start and end."""

    checkpoints: Sequence[tuple[float, float]] = ()
    faults: Sequence[tuple[float, float]] = ()


@dataclass(frozen=True)
class Panel:
    """One cell's lines, in a picture that has a small one for each cell."""

    cell: str
    series: int
    lines: Sequence[Timeline]


@dataclass(frozen=True)
class Grid:
    """A value for each pair of a row and a column, where there is one."""

    title: str
    rows: Sequence[str]
    columns: Sequence[str]
    values: dict[tuple[str, str], float]


@dataclass(frozen=True)
class Track:
    """One configuration at several rates, the lowest first: how long its requests took."""

    name: str
    series: int
    rates_per_s: Sequence[float]
    response_ms: Sequence[float]
    held: Sequence[bool]
    """Whether the objective was kept at that rate; all true where there is none."""
    capacity_per_s: float | None = None


@dataclass(frozen=True)
class Past:
    """One cell through the runs of its profile: *places[i]* is the run's place in time of *intervals[i]*."""

    cell: str
    series: int
    places: Sequence[int]
    intervals: Sequence[Interval]
