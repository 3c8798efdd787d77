"""Tables about how the run was made: environment, plan, settings and their differences, and every trial."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.results.store.schema import Against, Cell, Run, Settings
from benchmarks.results.store.trial_schema import Trial
from reports.formatting import NONE, Table, amount, load_words


@dataclass(frozen=True)
class SharedSettings:
    """Effective settings of a server or client, and the cells that have exactly these."""

    part: str
    values: Mapping[str, str]
    cells: Sequence[str]


def environment(run: Run) -> Table:
    """Return the machine, the software and the commit of the run."""
    found = run.environment
    commit = f"{found.commit or 'unknown'}{' with uncommitted changes' if found.dirty else ''}"
    rows = [
        ["commit", commit],
        ["machine", f"{found.cores} cores of {found.cpu_model}, {found.memory_mib:,} MiB"],
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


def trial_heads() -> list[str]:
    """Return the columns of `trial_words`."""
    return [
        "cell",
        "block",
        "attempt",
        "valid",
        "requests/s",
        "p50 ms",
        "p99 ms",
        "answers",
        "failed",
        "last / first third",
        "steal",
        "CPU of other programs",
        "CPU pressure",
        "load 1 min",
        "remarks",
    ]


def trial_words(trial: Trial) -> list[str]:
    """Return the figures of a trial, and the disturbances of the machine during it."""
    response, requests, noise = trial.response_ms, trial.requests, trial.noise
    return [
        trial.cell,
        str(trial.block + 1),
        str(trial.attempt),
        "yes" if trial.valid else "no",
        amount(trial.throughput_per_s),
        amount(response.p50 if response else None),
        amount(response.p99 if response else None),
        f"{response.count:,}" if response else NONE,
        f"{requests.failed:,}" if requests else NONE,
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
    return "; ".join([*again, *unsteady, *trial.complaints])


def invalid_trials(trials: Sequence[Trial]) -> Table:
    """Return the invalid trials, each with its reason."""
    rows = [
        [trial.cell, str(trial.block + 1), str(trial.attempt), trial.failure or "no reason was recorded"]
        for trial in trials
        if not trial.valid
    ]
    return Table(["cell", "block", "attempt", "reason"], rows)
