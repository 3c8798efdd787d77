"""Tables about how the run was made: environment, plan, settings and their differences, and every trial."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.results.judge.machine import machine_speed
from benchmarks.results.judge.metrics import latency_load, p50_ms, p99_ms
from benchmarks.results.store.schema import Against, Cell, Run, Settings
from benchmarks.results.store.trial_schema import Trial
from reports.formatting import NONE, Table, amount, load_words
from reports.machine_words import speed_rows
from reports.response_loads import common_load
from reports.run_summary import RunSummary


@dataclass(frozen=True)
class SharedSettings:
    """Effective settings of a server or client, and the cells that have exactly these."""

    part: str
    values: Mapping[str, str]
    cells: Sequence[str]


def environment(run: Run, trials: Sequence[Trial]) -> Table:
    """Return the machine and its speed, the software and the commit of the run."""
    found = run.environment
    digest = f" ({found.changes})" if found.changes else ""
    commit = f"{found.commit or 'unknown'}{f' with uncommitted changes{digest}' if found.dirty else ''}"
    rows = [
        ["commit", commit],
        ["machine", f"{found.cores} cores of {found.cpu_model}, {found.memory_mib:,} MiB"],
        *speed_rows(trials),
        ["operating system", f"{found.operating_system}, kernel {found.kernel}"],
        ["Python", found.python],
        ["Java", found.java],
        *([name, version] for name, version in sorted(found.versions.items())),
    ]
    return Table(["property", "value"], rows)


def plan(run: Run) -> Table:
    """Return the plan of the run: blocks, durations, limits, seed."""
    limits = {name: value for name, value in run.limits.model_dump().items() if value is not None}
    rows = [
        ["blocks", str(run.blocks)],
        ["warm-up and window of a trial", f"{run.warm_up_s:g} s and {run.window_s:g} s"],
        *longest_warm_up(run.warm_up_at_most_s),
        *open_loops(run),
        *other_version(run.against),
        ["warm-up before the first trial", f"{run.runtime_warm_up_s:g} s"],
        ["attempts per cell and block", str(run.attempts)],
        ["seed of the trial order and the load", str(run.seed)],
        ["smallest difference that matters", f"{run.smallest_difference:.0%}"],
        *(
            [f"limit of a valid trial: {name.replace('_', ' ')}", f"{value:g}"]
            for name, value in limits.items()
        ),
        ["started", run.started_at],
        ["finished", run.finished_at or "not finished"],
    ]
    return Table(["property", "value"], rows)


def other_version(against: Against | None) -> list[list[str]]:
    """Return the commit that is measured too, of a run of two versions."""
    return [["measured against", f"{against.commit} ({against.ref})"]] if against else []


def longest_warm_up(warm_up_at_most_s: float | None) -> list[list[str]]:
    """Return the limit of an extended warm-up, where it can be extended."""
    return [["warm-up extended to at most", f"{warm_up_at_most_s:g} s"]] if warm_up_at_most_s else []


def open_loops(run: Run) -> list[list[str]]:
    """Return rate and length of the open loops, where the run has them."""
    if run.open is None or run.open_rate_per_s is None:
        return []
    length = f"{run.open.warm_up_s:g} s and {run.open.window_s:g} s"
    return [
        ["open loop after each closed one", f"{run.open_rate_per_s:,g} requests/s"],
        ["its warm-up and window", length],
    ]


def differences(run: Run) -> Table:
    """Return the settings in which each cell differs from the reference, of those that both have."""
    cells = {cell.name: cell for cell in run.cells}
    reference = described(cells[run.reference], run.settings.get(run.reference))
    rows = [
        [cell.name, *line]
        for cell in run.cells
        for line in differing(reference, described(cell, run.settings.get(cell.name)))
    ]
    return Table(["cell", "setting", f"in {run.reference}", "in this cell"], rows)


def described(cell: Cell, known: Settings | None) -> dict[str, str]:
    """Return name -> value of every setting of *cell*."""
    chosen = {
        "server": cell.server,
        "client": cell.client,
        "baseline": cell.baseline or "none",
        "functions": cell.functions or "of the service",
        "version": cell.version or "the working tree",
        "processes": str(cell.processes),
        "threads": str(cell.threads),
        "scenario": cell.scenario,
        "load": load_words(cell.load),
    }
    if known is None:
        return chosen
    parts = {"server": known.server, "client": known.client}
    set_for_parts = {
        f"{part} {key}": value for part, values in parts.items() for key, value in values.items()
    }
    return chosen | {"max in flight": str(known.capacity)} | set_for_parts


def differing(reference: Mapping[str, str], values: Mapping[str, str]) -> list[list[str]]:
    """Return name and both values of each setting that both have and that differs."""
    return [
        [name, reference[name], value]
        for name, value in values.items()
        if reference.get(name, value) != value
    ]


def settings(run: Run) -> list[SharedSettings]:
    """Return each distinct set of effective settings once, with the cells that have it."""
    found: dict[tuple[str, tuple[tuple[str, str], ...]], list[str]] = {}
    cells = {cell.name: cell for cell in run.cells}
    for name, known in run.settings.items():
        found.setdefault((f"server {cells[name].server}", tuple(known.server.items())), []).append(name)
        found.setdefault((f"client {cells[name].client}", tuple(known.client.items())), []).append(name)
    recorded = {key: names for key, names in sorted(found.items()) if key[1]}
    return [SharedSettings(part, dict(values), names) for (part, values), names in recorded.items()]


def trial_heads(summary: RunSummary) -> list[str]:
    """Return the columns of `trial_words`."""
    load = common_load(summary)
    return [
        "cell",
        "block",
        "attempt",
        "valid",
        "requests/s",
        f"p50 ms{load}",
        f"p99 ms{load}",
        "requests",
        "failed",
        "lag p99 ms",
        "deploy s",
        "speed, one core",
        "last / first third",
        "steal",
        "CPU of other programs",
        "CPU pressure",
        "load 1 min",
        "remarks",
    ]


def trial_words(trial: Trial) -> list[str]:
    """Return the figures of a trial, and the disturbances of the machine during it."""
    load, noise = latency_load(trial), trial.noise
    response, lag = (load.response_ms, load.lag_ms) if load else (None, None)
    failed = [one.requests.failed for one in (trial, trial.open) if one and one.requests]
    speed = machine_speed([trial])
    return [
        trial.cell,
        str(trial.block + 1),
        str(trial.attempt),
        "yes" if trial.valid else "no",
        amount(trial.throughput_per_s),
        amount(p50_ms(trial)),
        amount(p99_ms(trial)),
        f"{response.count:,}" if response else NONE,
        f"{sum(failed):,}" if failed else NONE,
        amount(lag.p99 if lag else None),
        amount(trial.deploy_s),
        f"{speed.one_core:.2f}" if speed else NONE,
        amount(trial.drift),
        f"{noise.steal_fraction:.1%}" if noise else NONE,
        f"{noise.foreign_cpu_fraction:.1%}" if noise else NONE,
        f"{noise.pressure_cpu_some:.0f} %" if noise and noise.pressure_cpu_some is not None else NONE,
        amount(noise.load_1min if noise else None),
        remarks(trial),
    ]


def remarks(trial: Trial) -> str:
    """Return restarts, an unsteady warm-up and the complaints of the load generator."""
    again = [f"{name} restarted {times}×" for name, times in trial.restarts.items()]
    unsteady = ["throughput not steady at the end of the warm-up"] if trial.steady is False else []
    opened = [f"open loop: {trial.open.failure}"] if trial.open and trial.open.failure else []
    return "; ".join([*again, *unsteady, *trial.complaints, *opened])


def invalid_trials(trials: Sequence[Trial]) -> Table:
    """Return the invalid trials, each with its reason."""
    rows = [
        [trial.cell, str(trial.block + 1), str(trial.attempt), trial.failure or "no reason was recorded"]
        for trial in trials
        if not trial.valid
    ]
    return Table(["cell", "block", "attempt", "reason"], rows)
