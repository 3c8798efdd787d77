"""Stored documents: `run.json`; per line a `Trial` in `trials.jsonl` and a `Probe` in `probes.jsonl`.

Versions: 1. The first. 2. `Run.warm_up_at_most_s`, `Run.capacity`; `Trial.client`, `steady`, `restarts`,
`complaints`; `probes.jsonl`. 3. `Trial.events`. 4. `LedgerReport.crossed`; samples have a column `answered`.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION = 4

Positive = Annotated[float, Field(gt=0)]

Verdict = Literal["faster", "slower", "tie", "unknown", "invalid"]


class Document(BaseModel):
    """A stored value: frozen, and a key that it does not know is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Load(Document):
    """What is asked of the service: *users* at once (closed loop), or *rate_per_s* (open loop)."""

    kind: Literal["closed", "open"]
    users: int | None = None
    rate_per_s: float | None = None


class Cell(Document):
    """One configuration under test."""

    name: str
    server: str
    client: str
    processes: int
    threads: int
    scenario: str
    load: Load
    baseline: str | None = None
    """A baseline brings a server, a client and a runtime of its own; `server` and `client` then say which."""
    functions: str | None = None
    """Another function server (`module:application`), as tests use to break it; None is the real one."""
    twin_of: str | None = None
    """The cell that this one repeats under another name: the A/A control."""


class Settings(Document):
    """The settings in force of a cell's parts, as they reported them themselves."""

    capacity: int
    """Requests that can wait for their reply at once."""
    server: dict[str, str]
    client: dict[str, str]


class Environment(Document):
    """Where a run was made."""

    commit: str | None
    dirty: bool
    operating_system: str
    kernel: str
    cpu_model: str
    cores: int
    memory_mib: int
    python: str
    java: str
    versions: dict[str, str]
    """Distribution or artefact -> version, of everything that a request passes through."""


class Limits(Document):
    """What a trial may show and still be valid; None is recorded and bounds nothing."""

    failed_fraction: float = 0.01
    """Of the requests sent in the window."""
    steal_fraction: float | None = None
    foreign_cpu_fraction: float | None = None
    lag_ms_p99: float | None = None
    """Open loop only: a generator this late measures itself."""
    generator_cpu_fraction: float | None = None
    """Open loop only: CPU of the generator as a fraction of one core."""


class Slo(Document):
    """What an open loop must keep for its rate to count as sustained."""

    response_ms_p99: Positive
    failed_fraction: Annotated[float, Field(ge=0, lt=1)] = 0.001
    """Of the requests due in the window."""
    backlog_growth: Annotated[float, Field(ge=0)] = 0.02
    """Slope of the requests that are due and not answered, by the rate: what piles up."""


class CapacityPlan(Document):
    """How each cell's capacity is sought: the highest rate of an open loop that keeps *slo*."""

    slo: Slo
    start_fraction: Positive = 0.5
    """The first rate, by the closed loop's throughput."""
    growth: Annotated[float, Field(gt=1)] = 1.5
    """From rate to rate until the objective is missed; from there it is bisected."""
    precision: Positive = 0.1
    """The search ends when the lowest rate missed is at most this above the highest one kept."""
    rates_at_most: Annotated[int, Field(ge=1)] = 10
    warm_up_s: Positive
    window_s: Positive
    fractions: list[Positive] = [0.5, 0.8]
    """Of a cell's own capacity: the rates at which its response times are measured."""
    common_fraction: Positive = 0.5
    """Of the lowest capacity: the rate at which all cells' response times are measured."""
    blocks: Annotated[int, Field(ge=1)] = 2
    """How often response times are measured at each of those rates."""


class LeftOut(Document):
    """A cell that the profile names and this run cannot make, and why."""

    cell: str
    reason: str


class Run(Document):
    """`run.json`: what was planned, where and with what."""

    schema_version: int = SCHEMA_VERSION
    run_id: str
    profile: str
    seed: int
    blocks: int
    warm_up_s: float
    warm_up_at_most_s: float | None = None
    """How far a closed loop's warm-up is extended until its throughput is steady; None is not at all."""
    window_s: float
    runtime_warm_up_s: float = 0
    """Load before the first trial, in which the Java processes compile; nothing of it is kept."""
    attempts: int = 3
    """How often a cell is tried in a block before the block goes without it."""
    limits: Limits = Limits()
    smallest_difference: float = 0.05
    """The smallest relative difference that matters to the reader: 0.05 is five percent."""
    reference: str
    """The cell that the others are compared with."""
    started_at: str
    """UTC, ISO 8601."""
    finished_at: str | None = None
    environment: Environment
    cells: list[Cell]
    order: list[list[str]]
    """The names of the cells of each block, in the order in which they run."""
    settings: dict[str, Settings] = {}
    """By cell, as it was when its first trial ran."""
    capacity: CapacityPlan | None = None
    """Whether and how capacities are sought after the trials."""
    left_out: list[LeftOut] = []


class Spread(Document):
    """Percentiles of a duration over the correct answers of a window, in ms."""

    count: int
    mean: float
    p50: float
    p90: float
    p95: float
    p99: float
    max: float


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


class Trial(Document):
    """One fresh deployment of one cell in one block, with its warm-up and its window."""

    cell: str
    block: int
    attempt: int
    valid: bool
    failure: str | None
    """Why the trial is not valid, or None."""
    started_at: str
    client: dict[str, str] = {}
    """The settings in force of the Kafka client, as this trial's endpoint told them."""
    deploy_s: float | None = None
    warm_up_s: float | None = None
    """As it was, extensions included."""
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
    restarts: dict[str, int] = {}
    """Component -> how often its supervisor started it again during the load; without those it did not."""
    events: list[Event] = []
    """Flink's checkpoints in warm-up and window, as Flink tells them, and components that went away."""
    complaints: list[str] = []
    """Why the load was not what was asked for, as the generator says: lag, CPU, requests without an end."""
    noise: Noise | None = None
    ledger: LedgerReport | None = None
    samples: str | None = None
    """The file of raw samples, relative to the run's folder."""


class Probe(Document):
    """One open loop of a capacity: a rate that the search tries, or one whose response times are measured."""

    stage: Literal["search", "fraction", "common"]
    rate_per_s: float
    fraction: float | None = None
    """Of the cell's own capacity, in the stage `fraction`."""
    backlog_growth: float | None = None
    """Slope of the requests due and not answered over the window, by the rate; None without samples."""
    sustained: bool
    reason: str | None
    """Why the rate does not count as sustained, or None."""
    trial: Trial
