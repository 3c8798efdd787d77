"""What stands behind the figures: environment, plan, settings and what differs, and every trial."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.results.store.schema import Cell, Run, Settings, Trial
from reports.formatting import NONE, Table, amount, load

Named = Mapping[str, str]


@dataclass(frozen=True)
class Shared:
    """Settings in force, and the cells that have exactly these."""

    part: str
    values: Named
    cells: Sequence[str]


def environment(run: Run) -> Table:
    """Return where the run was made."""
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
    return Table(["what", "value"], rows)


def plan(run: Run) -> Table:
    """Return how the run was made."""
    limits = {name: value for name, value in run.limits.model_dump().items() if value is not None}
    rows = [
        ["blocks", str(run.blocks)],
        ["warm-up and window of a trial", f"{run.warm_up_s:g} s and {run.window_s:g} s"],
        *bound(run.warm_up_at_most_s),
        ["warm-up of a fresh runtime", f"{run.runtime_warm_up_s:g} s"],
        ["attempts at a cell in a block", str(run.attempts)],
        ["seed of the order and the load", str(run.seed)],
        ["smallest difference that matters", f"{run.smallest_difference:.0%}"],
        *(
            [f"a trial is valid up to {name.replace('_', ' ')}", f"{value:g}"]
            for name, value in limits.items()
        ),
        ["started", run.started_at],
        ["finished", run.finished_at or "not finished"],
    ]
    return Table(["what", "value"], rows)


def bound(warm_up_at_most_s: float | None) -> list[list[str]]:
    """Return how far a warm-up may be extended, if at all."""
    return [["a warm-up is extended to at most", f"{warm_up_at_most_s:g} s"]] if warm_up_at_most_s else []


def differences(run: Run) -> Table:
    """Return where each cell differs from the reference, in settings that both have."""
    cells = {cell.name: cell for cell in run.cells}
    reference = described(cells[run.reference], run.settings.get(run.reference))
    rows = [
        [cell.name, *line]
        for cell in run.cells
        for line in unlike(reference, described(cell, run.settings.get(cell.name)))
    ]
    return Table(["cell", "setting", f"in {run.reference}", "in this cell"], rows)


def described(cell: Cell, known: Settings | None) -> dict[str, str]:
    """Return everything that is set for *cell*, by name."""
    chosen = {
        "server": cell.server,
        "client": cell.client,
        "baseline": cell.baseline or "none",
        "functions": cell.functions or "the service's",
        "processes": str(cell.processes),
        "threads": str(cell.threads),
        "scenario": cell.scenario,
        "load": load(cell.load),
    }
    if known is None:
        return chosen
    parts = {"server": known.server, "client": known.client}
    set_for_parts = {
        f"{part} {key}": value for part, values in parts.items() for key, value in values.items()
    }
    return chosen | {"requests that can wait": str(known.capacity)} | set_for_parts


def unlike(reference: Named, values: Named) -> list[list[str]]:
    """Return name and both values of each setting that both have and that differs."""
    return [
        [name, reference[name], value]
        for name, value in values.items()
        if reference.get(name, value) != value
    ]


def settings(run: Run) -> list[Shared]:
    """Return every distinct set of settings in force once, with the cells that have it."""
    found: dict[tuple[str, tuple[tuple[str, str], ...]], list[str]] = {}
    cells = {cell.name: cell for cell in run.cells}
    for name, known in run.settings.items():
        found.setdefault((f"server {cells[name].server}", tuple(known.server.items())), []).append(name)
        found.setdefault((f"client {cells[name].client}", tuple(known.client.items())), []).append(name)
    return [Shared(part, dict(values), cells) for (part, values), cells in sorted(found.items())]


def trial_head() -> list[str]:
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
        "last third / first",
        "steal",
        "other programs",
        "waited for a core",
        "load 1 min",
        "remarks",
    ]


def trial_words(trial: Trial) -> list[str]:
    """Return what a trial measured, and what the machine did meanwhile."""
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
    """Return what else is known of *trial*."""
    again = [f"{name} was started again {times}×" for name, times in trial.restarts.items()]
    unsteady = ["not steady when its warm-up ended"] if trial.steady is False else []
    return "; ".join([*again, *unsteady, *trial.complaints])


def invalid(trials: Sequence[Trial]) -> Table:
    """Return the trials that count for nothing, and why."""
    rows = [
        [trial.cell, str(trial.block + 1), str(trial.attempt), trial.failure or "no reason was recorded"]
        for trial in trials
        if not trial.valid
    ]
    return Table(["cell", "block", "attempt", "why it is not valid"], rows)
