"""Stored documents of trials: per line a `Trial` in `trials.jsonl` and a `Probe` in `probes.jsonl`.

`benchmarks.results.store.schema` has the document of the run and the history of the versions.
"""

import math
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from benchmarks.results.store.schema import Document


def _read_ms(value: Any) -> Any:
    return math.inf if value is None else value


def _stored_ms(value: float) -> float | None:
    return None if math.isinf(value) else value


Milliseconds = Annotated[
    float,
    BeforeValidator(_read_ms),
    PlainSerializer(_stored_ms, return_type=float | None),
    WithJsonSchema({"type": ["number", "null"]}),
]
"""A duration, infinite where a request failed or never ended: null in JSON, which has no such number."""


class Spread(Document):
    """Percentiles of a duration over the requests of a window; a failed request took infinitely long."""

    count: int
    """Requests, failed ones included."""
    mean: float
    """Over the requests that succeeded."""
    p50: Milliseconds
    p90: Milliseconds
    p95: Milliseconds
    p99: Milliseconds
    max: Milliseconds


class Requests(Document):
    """Counts over the window."""

    sent: int
    succeeded: int
    """Answered below 500: as the contract says, refusals such as insufficient credit included."""
    failed: int
    """Answered 5xx, or not at all."""
    by_status: dict[str, int]


class Usage(Document):
    """What one component used during the window, read from the operating system, children included."""

    cpu_s: float
    rss_peak_mib: float
    """Highest sum of the resident sets of its processes; pages that they share count for each."""
    voluntary_switches: int
    involuntary_switches: int


class Noise(Document):
    """What else the machine did during the window."""

    steal_fraction: float
    foreign_cpu_fraction: float
    """CPU time used by processes that are not ours, as a fraction of all cores' time."""
    pressure_cpu_some: float | None
    """Share of the window in which some task waited for a core, in percent (`some total` of
    `/proc/pressure/cpu`); None where the kernel does not tell."""
    load_1min: float


class LedgerReport(Document):
    """Whether each user's credit is what the answered requests make it."""

    verdict: Literal["valid", "invalid", "unknown"]
    users: int
    updates: int
    lost: int
    """Users whose credit shows fewer updates than were answered."""
    doubled: int
    """Users whose credit shows more updates than were attempted."""
    stale: int = 0
    """Answers that no order of the updates around them explains, or that are wrong in themselves."""
    crossed: int = 0
    """Answers that were about another user than was asked for."""
    indeterminate: int
    """Updates without an answer, which widen the bounds."""
    detail: list[str] = []
    """A sentence for each of the first ten users that do not balance."""


class Event(Document):
    """Something that happened in the service during a trial; seconds since its window began."""

    kind: Literal["checkpoint", "failed checkpoint", "restart"]
    component: str
    start_s: float
    """Below 0 in the warm-up."""
    end_s: float
    """A restart is the time between two readings: in the first the process was there, in the second not."""


class MachineSpeed(Document):
    """Speed of the machine, from kernels of fixed work; 1 is the reference machine, 0.5 half as fast."""

    one_core: float
    two_cores: float
    wake_up_us: float
    """Median time in which a thread that waits on a pipe is woken."""


class LoadFigures(Document):
    """One load of a trial: its warm-up, its window and all that is derived from its samples."""

    warm_up_s: float | None = None
    """Length, extensions included."""
    steady: bool | None = None
    """Whether the warm-up ended because throughput was steady; None where that was not asked."""
    window_s: float | None = None
    window_start_ns: int | None = None
    """CLOCK_MONOTONIC, as in the samples."""
    window_end_ns: int | None = None
    requests: Requests | None = None
    throughput_per_s: float | None = None
    """Requests that succeeded and whose answer ended in the window, by the window's length."""
    drift: float | None = None
    """Throughput of the window's last third by that of its first; far from 1 there was no steady state."""
    response_ms: Spread | None = None
    """From the intended start to the end."""
    service_ms: Spread | None = None
    """From the actual send to the end."""
    lag_ms: Spread | None = None
    """From the intended start to the actual send."""
    by_route: dict[str, Spread] = {}
    """Response time."""
    hops_ms: dict[str, Spread] = {}
    """By the name of the hop in `Server-Timing`: endpoint, request, function, reply, total."""
    usage: dict[str, Usage] = {}
    """By component: endpoint, kafka, flink, functions, generator."""
    events: list[Event] = []
    """Flink's checkpoints in warm-up and window, as Flink reports them, and components that went away."""
    complaints: list[str] = []
    """Why the load was not what was asked for, as the generator says: lag, CPU, requests without an end."""
    noise: Noise | None = None
    ledger: LedgerReport | None = None
    samples: str | None = None
    """The file of raw samples, relative to the run's folder; credits and readings lie beside it."""


class OpenLoad(LoadFigures):
    """The open loop of a trial, at the rate that all cells of the run share."""

    rate_per_s: float
    failure: str | None = None
    """Why its response times do not count (a late generator, a rate that was not carried), or None."""


class Trial(LoadFigures):
    """One fresh deployment of one cell in one block; its own figures are those of the cell's load."""

    cell: str
    block: int
    attempt: int
    valid: bool
    failure: str | None
    """Why the trial is not valid, or None."""
    started_at: str
    client: dict[str, str] = {}
    """The settings in force of the Kafka client, as this trial's endpoint reported them."""
    deploy_s: float | None = None
    restarts: dict[str, int] = {}
    """Component -> how often its supervisor started it again during the loads; without those it did not."""
    open: OpenLoad | None = None
    """A second load on the same deployment; None where the run or the cell has none."""
    speed_before: MachineSpeed | None = None
    speed_after: MachineSpeed | None = None


class Probe(Document):
    """One open loop of a capacity: a rate that the search tries, or one whose response times are measured."""

    stage: Literal["search", "fraction", "common"]
    rate_per_s: float
    fraction: float | None = None
    """Of the cell's own capacity, in the stage `fraction`."""
    backlog_growth: float | None = None
    """Slope of the requests due and not answered over the window, by the rate; None without samples."""
    spoiled: bool = False
    """The generator or the machine was the limit (lag, CPU, steal, other programs), whatever the objective:
    the probe shows nothing of the service, is repeated, and never counts as a rate that was missed."""
    sustained: bool
    reason: str | None
    """Why the rate does not count as sustained, or None."""
    trial: Trial
