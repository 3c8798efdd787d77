"""Columns of the tables in `benchmarks.results.frames`: name, dtype, unit, meaning and source."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from benchmarks.results.judge.metrics import COMPONENTS, cpu_ms_per_request, service_cpu_ms_per_request
from benchmarks.results.store.schema import Cell
from benchmarks.results.store.trial_schema import Probe, Trial
from loadtests.measurement.samples import HOPS


@dataclass(frozen=True)
class Column:
    """A column of a table; a missing value is NaN, NaT or NA, as its dtype has it."""

    name: str
    dtype: str
    """As pandas spells it."""
    unit: str
    meaning: str


@dataclass(frozen=True)
class TrialColumn(Column):
    """A column of which each trial has one value."""

    value: Callable[[Cell | None, Trial], object]


def of_cell(path: str) -> Callable[[Cell | None, Trial], object]:
    """Return a function that reads the dotted *path* of a trial's cell."""
    return lambda cell, _trial: follow(cell, path)


def of_trial(path: str) -> Callable[[Cell | None, Trial], object]:
    """Return a function that reads the dotted *path* of a trial."""
    return lambda _cell, trial: follow(trial, path)


def follow(value: object, path: str) -> object:
    """Return the attribute of *value* at the dotted *path*; None where anything on the way is None."""
    for name in path.split("."):
        value = getattr(value, name, None)
    return value


def stored(
    name: str, dtype: str, unit: str, meaning: str, path: str | None = None, of: str = "trial"
) -> TrialColumn:
    """Return a column of what a trial, or its cell, stores at *path* (by default *name*)."""
    read = of_cell if of == "cell" else of_trial
    return TrialColumn(name, dtype, unit, meaning, read(path or name))


IDENTITY = (
    stored("cell", "str", "", "name of the configuration"),
    stored("block", "int64", "", "number of the block, from 0"),
    stored("attempt", "int64", "", "which attempt at the cell in its block, from 1"),
)

CELL = (
    stored("server", "str", "", "WSGI server", of="cell"),
    stored("client", "str", "", "Kafka client", of="cell"),
    stored("baseline", "str", "", "reference system, if the cell is one", of="cell"),
    stored("processes", "Int64", "", "processes of the server", of="cell"),
    stored("threads", "Int64", "", "threads (or greenlets) per process", of="cell"),
    stored("scenario", "str", "", "scenario of the load", of="cell"),
    stored("load_kind", "str", "", "`closed` or `open` loop", "load.kind", of="cell"),
    stored("load_users", "Int64", "", "users of a closed loop", "load.users", of="cell"),
    stored("load_rate_per_s", "float64", "1/s", "rate asked of an open loop", "load.rate_per_s", of="cell"),
    stored("twin_of", "str", "", "the cell that this one repeats (A/A control)", of="cell"),
)

OUTCOME = (
    stored("valid", "bool", "", "whether the trial counts"),
    stored("failure", "str", "", "why it does not"),
    stored("started_at", "datetime64[us, UTC]", "", "when it started"),
    stored("deploy_s", "float64", "s", "start of the endpoint until it answers"),
    stored("warm_up_s", "float64", "s", "length of the warm-up"),
    stored("steady", "boolean", "", "whether the warm-up ended because throughput was steady"),
    stored("window_s", "float64", "s", "length of the window"),
    stored("sent", "Int64", "", "requests due in the window", "requests.sent"),
    stored("succeeded", "Int64", "", "of these, answered below 500", "requests.succeeded"),
    stored("failed", "Int64", "", "of these, answered 5xx or not at all", "requests.failed"),
    TrialColumn(
        "rate_per_s", "float64", "1/s", "`sent` / `window_s`", lambda _cell, trial: rate_per_s(trial)
    ),
    stored("throughput_per_s", "float64", "1/s", "succeeded answers that ended in the window / `window_s`"),
    stored("drift", "float64", "", "throughput of the window's last third / that of its first"),
)


def rate_per_s(trial: Trial) -> float | None:
    """Return the requests sent per second of the window."""
    return trial.requests.sent / trial.window_s if trial.requests and trial.window_s else None


DURATIONS = {
    "response_ms": "intended start to end of a succeeded request",
    "service_ms": "send to end of a succeeded request",
    "lag_ms": "intended start to send of a request",
}
STATISTICS = {
    "mean": "mean",
    "p50": "median",
    "p90": "90th percentile",
    "p95": "95th percentile",
    "p99": "99th percentile",
    "max": "maximum",
}
SPREADS = tuple(
    stored(f"{duration}_{short}", "float64", "ms", f"{long}: {meaning}", f"{duration}.{short}")
    for duration, meaning in DURATIONS.items()
    for short, long in STATISTICS.items()
)


def cpu_of(component: str, _cell: Cell | None, trial: Trial) -> object:
    """Return the CPU time of *component* per answered request, ms."""
    return cpu_ms_per_request(trial, component)


def rss_of(component: str, _cell: Cell | None, trial: Trial) -> object:
    """Return the highest resident set of *component*, MiB."""
    return follow(trial.usage.get(component), "rss_peak_mib")


def usage_columns(component: str) -> Iterator[TrialColumn]:
    """Yield the columns of one component."""
    name = component.replace("-", "_")
    cpu, rss = partial(cpu_of, component), partial(rss_of, component)
    yield TrialColumn(f"{name}_cpu_ms_per_request", "float64", "ms", f"CPU time of {component}", cpu)
    yield TrialColumn(f"{name}_rss_peak_mib", "float64", "MiB", f"highest resident set of {component}", rss)


USAGE_OF_TRIAL = (
    TrialColumn(
        "service_cpu_ms_per_request",
        "float64",
        "ms",
        "CPU time of all components but the generator / answered requests",
        lambda _cell, trial: service_cpu_ms_per_request(trial),
    ),
    *(column for component in (*COMPONENTS, "generator") for column in usage_columns(component)),
)

CHECKS = (
    TrialColumn(
        "restarts",
        "int64",
        "",
        "how often a component was started again during the load",
        lambda _cell, trial: sum(trial.restarts.values()),
    ),
    stored(
        "steal_fraction",
        "float64",
        "1",
        "CPU time taken by the host / time of all cores",
        "noise.steal_fraction",
    ),
    stored(
        "foreign_cpu_fraction",
        "float64",
        "1",
        "CPU time of other programs / time of all cores",
        "noise.foreign_cpu_fraction",
    ),
    stored(
        "pressure_cpu_percent",
        "float64",
        "%",
        "share of the window in which some task waited for a core",
        "noise.pressure_cpu_some",
    ),
    stored("load_1min", "float64", "", "load average of the machine", "noise.load_1min"),
    stored("ledger_verdict", "str", "", "`valid`, `invalid` or `unknown`", "ledger.verdict"),
    stored("ledger_updates", "Int64", "", "updates checked", "ledger.updates"),
    stored("ledger_lost", "Int64", "", "users with fewer updates than were answered", "ledger.lost"),
    stored("ledger_doubled", "Int64", "", "users with more updates than were attempted", "ledger.doubled"),
    stored("ledger_stale", "Int64", "", "answers that no order of the updates explains", "ledger.stale"),
    stored("ledger_crossed", "Int64", "", "answers about another user than was asked for", "ledger.crossed"),
    stored("ledger_indeterminate", "Int64", "", "updates without an answer", "ledger.indeterminate"),
    TrialColumn(
        "complaints",
        "str",
        "",
        "why the load was not what was asked for, as the generator reports",
        lambda _cell, trial: "; ".join(trial.complaints) or None,
    ),
    stored("samples", "str", "", "file of the samples, relative to the run's folder"),
)

TRIALS = (*IDENTITY, *CELL, *OUTCOME, *SPREADS, *USAGE_OF_TRIAL, *CHECKS)


@dataclass(frozen=True)
class ProbeColumn(Column):
    """A column of which each probe has one value; a probe also has the columns of its trial."""

    value: Callable[[Probe], object]


def of_probe(name: str, dtype: str, unit: str, meaning: str) -> ProbeColumn:
    """Return a column of what a probe stores under *name*."""
    return ProbeColumn(name, dtype, unit, meaning, lambda probe: getattr(probe, name))


PROBES = (
    of_probe(
        "stage", "str", "", "`search` of the capacity, or response times at a `fraction` or `common` rate"
    ),
    of_probe("fraction", "float64", "1", "rate / capacity of the cell, in the stage `fraction`"),
    of_probe("spoiled", "bool", "", "whether generator or machine was the limit, and not the service"),
    of_probe("sustained", "bool", "", "whether the rate kept the objective"),
    of_probe("reason", "str", "", "why it did not"),
    of_probe("backlog_growth", "float64", "1", "requests that pile up / requests that are due"),
)

USAGE = (
    *(Column(one.name, one.dtype, one.unit, one.meaning) for one in IDENTITY),
    Column("component", "str", "", "endpoint, kafka, flink, functions, generator ..."),
    Column("cpu_s", "float64", "s", "CPU time in the window, children included"),
    Column("cpu_ms_per_request", "float64", "ms", "CPU time / answered requests"),
    Column("rss_peak_mib", "float64", "MiB", "highest sum of the resident sets of its processes"),
    Column("voluntary_switches", "int64", "", "context switches because a thread waited"),
    Column("involuntary_switches", "int64", "", "context switches because its time was up"),
)

REQUESTS = (
    Column("cell", "category", "", "name of the configuration"),
    Column("block", "int64", "", "number of the block, from 0"),
    Column("attempt", "int64", "", "which attempt at the cell in its block, from 1"),
    Column("number", "int64", "", "number of the request in its load; equal seeds give equal requests"),
    Column(
        "operation", "int64", "", "number of the request that this one repeats under its key, else its own"
    ),
    Column("route", "category", "", "which request: `create`, `find`, `credit`, `add` ..."),
    Column("status", "uint16", "", "HTTP status, 0 without an answer"),
    Column("succeeded", "bool", "", "answered below 500"),
    Column("in_window", "bool", "", "due in the window: response times and errors count these"),
    Column("ended_in_window", "bool", "", "ended in the window: throughput counts these"),
    Column("due_s", "float64", "s", "intended start, since the window began"),
    Column("ended_s", "float64", "s", "end, since the window began"),
    Column("response_ms", "float64", "ms", "intended start to end"),
    Column("service_ms", "float64", "ms", "send to end"),
    Column("lag_ms", "float64", "ms", "intended start to send"),
    *(Column(f"{hop}_ms", "float32", "ms", f"`{hop}` of Server-Timing") for hop in HOPS),
    Column("user", "int64", "", "id of the user, -1 without one"),
    Column("answered", "int64", "", "id of the user that the answer named, -1 without one"),
    Column("amount", "int64", "", "amount of `add` and `subtract`, else 0"),
    Column("credit", "int64", "", "credit in the answer, -1 without one"),
)

TABLES: dict[str, tuple[str, Sequence[Column]]] = {
    "trials": ("one row per trial, invalid ones included", TRIALS),
    "requests": ("one row per request of a trial that left samples", REQUESTS),
    "usage": ("one row per trial and component", USAGE),
    "probes": ("one row per probe of a capacity, followed by the columns of `trials`", PROBES),
}


INTRODUCTION = (
    "Written by `python -m benchmarks schema`. `benchmarks.results.frames.load(RUN)` gives these tables;\n"
    "`python -m benchmarks samples RUN` writes `requests`. [An example](../results-in-pandas.md)."
)


def described() -> str:
    """Return the columns of all tables as a Markdown page."""
    return "\n".join(["# Columns of the tables of a run", "", INTRODUCTION, *sections()])


def sections() -> Iterator[str]:
    """Yield the lines of each table."""
    for name, (rows, columns) in TABLES.items():
        yield from (
            "",
            f"## `{name}`: {rows}",
            "",
            "| column | dtype | unit | meaning |",
            "| --- | --- | --- | --- |",
        )
        yield from (f"| `{one.name}` | {one.dtype} | {one.unit} | {one.meaning} |" for one in columns)
    yield ""
