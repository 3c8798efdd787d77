"""The stored document of a run, `run.json`; `trial_schema` has those of its trials and probes.

Versions: 1. The first. 2. `Run.warm_up_at_most_s`, `Run.capacity`; `Trial.client`, `steady`, `restarts`,
`complaints`; `probes.jsonl`. 3. `Trial.events`. 4. `LedgerReport.crossed`; samples have a column `answered`.
5. `Run.open`, `open_rate_per_s`, `pilot_per_s`, `idle_cpu`; `Trial.open`, `speed_before`, `speed_after`;
percentiles count failed requests as infinitely long (null in JSON); `CapacityPlan.search_blocks`,
`Probe.spoiled`; raw values in `credits.json`, `readings.json` and `service.json` beside the samples;
`Run.budget_s`, `measured_s`, `ended`, `against`, `options`, `profile_text`; `Cell.version`, `own_runtime`;
`Environment.changes`.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION = 5

Positive = Annotated[float, Field(gt=0)]

Verdict = Literal["faster", "slower", "tie", "unknown", "invalid"]

Ending = Literal["decided", "budget", "blocks"]


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
    version: str | None = None
    """The commit whose system is measured; None is the working tree."""
    own_runtime: bool = False
    """Whether a twin has a Kafka, a Flink and functions of its own, as two versions have them."""


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
    changes: str | None = None
    """Digest of the uncommitted changes, untracked files included; None without any."""
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
    window_at_most_s: Positive = 60
    """A window at a low rate is longer than `window_s`, so that its p99 has enough requests beyond it."""
    fractions: list[Positive] = [0.5, 0.8]
    """Of a cell's own capacity: the rates at which its response times are measured."""
    common_fraction: Positive = 0.5
    """Of the lowest capacity: the rate at which all cells' response times are measured."""
    search_blocks: Annotated[int, Field(ge=1)] = 1
    """How often each capacity is searched: from the second time on in small steps, from the one found before.
    The capacity has an interval over these blocks."""
    blocks: Annotated[int, Field(ge=1)] = 2
    """How often response times are measured at each of those rates."""


class OpenPlan(Document):
    """The open loop that follows each closed one on the same deployment, at one rate for all cells."""

    fraction: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """Of the throughput of the cell with the fewest requests in flight, in a short load before the trials."""
    rate_per_s: Positive | None = None
    """The rate itself, where it is not to be found out."""
    warm_up_s: Positive = 1
    window_s: Positive


class Against(Document):
    """Another commit, whose system is measured in the same blocks as that of the working tree."""

    ref: str
    """As it was given: a commit, a tag, `HEAD~1`."""
    commit: str
    subject: str
    """The first line of the commit's message."""
    own_packages: bool = False
    """Whether it has a virtual environment of its own, since its lock files differ."""


class LeftOut(Document):
    """A cell that the profile names and this run cannot make, and why."""

    cell: str
    reason: str


class Run(Document):
    """`run.json`: what was planned, where and with what."""

    schema_version: int = SCHEMA_VERSION
    run_id: str
    profile: str
    profile_text: str | None = None
    """Content of the profile's file; None for a profile that comes with the project."""
    options: list[str] = []
    """Words of the command line that replace values of the profile, such as `--blocks`, `5`."""
    seed: int
    blocks: int
    """As planned; with a `budget_s`, at most so many."""
    budget_s: float | None = None
    """Time for the trials of a run that ends when it is decided; None is a fixed number of blocks."""
    measured_s: float = 0
    """Time that its trials have taken so far, without interrupted ones; 0 in older runs."""
    ended: Ending | None = None
    """Why no further block was made: every comparison with the reference was decided, the next block did not
    fit into the budget, or all blocks were made. None without a budget, and while the run is not finished."""
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
    against: Against | None = None
    """The other version of a run of two; each of its blocks starts all runtimes afresh."""
    open: OpenPlan | None = None
    """Whether each trial has an open loop too."""
    open_rate_per_s: float | None = None
    """The rate of those open loops; None before it was found out, or where no cell could be asked."""
    pilot_per_s: float | None = None
    """Throughput of the short closed loop from which that rate was derived; None where the plan gives it."""
    idle_cpu: dict[str, float] = {}
    """Component -> CPU seconds per second without any load, as read before the first trial."""
