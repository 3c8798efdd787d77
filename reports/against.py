"""A change of this code against another commit: its section on the page, and its summary in Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.results.command_lines import short
from benchmarks.results.judge.speed import median_speed
from benchmarks.results.judge.version_comparison import (
    VersionChange,
    VersionComparison,
    compare_versions,
    version_headline,
)
from benchmarks.results.store.schema import Run
from benchmarks.results.store.trial_schema import Trial
from reports import commands
from reports.formatting import NONE, Table, amount, unit


@dataclass(frozen=True)
class VersionSection:
    """A comparison of two versions in words."""

    name: str
    """The other version's short commit."""
    headline: str
    table: Table
    versions: Sequence[str]
    """A line per version."""
    conditions: str
    """Blocks, machine and its speed."""
    command: str


def version_section(run: Run, trials: Sequence[Trial]) -> VersionSection | None:
    """Return the comparison of the two versions of *run*; None where it has one."""
    comparison = compare_versions(run, trials)
    if comparison is None:
        return None
    name = short(comparison.against.commit)
    return VersionSection(
        name=name,
        headline=version_headline(comparison, name),
        table=change_table(comparison, name),
        versions=version_words(run, comparison),
        conditions=conditions(run, trials),
        command=commands.whole_run(run)[0],
    )


def change_table(comparison: VersionComparison, name: str) -> Table:
    """Return one row per cell and metric, the verdict first."""
    heads = ["verdict", "cell", "figure", "working tree", f"at {name}", "times", "95 % interval", "blocks"]
    return Table([*heads, "remark"], [change_row(change) for change in comparison.changes])


def change_row(change: VersionChange) -> list[str]:
    """Return *change* in words."""
    found = change.interval
    return [
        change.verdict,
        change.cell,
        f"{change.metric.name}, {unit(change.metric)}",
        amount(change.value),
        amount(change.other_value),
        f"{found.ratio:.2f}" if found else NONE,
        f"{found.low:.2f} to {found.high:.2f}" if found else NONE,
        str(change.blocks),
        remark(change),
    ]


def remark(change: VersionChange) -> str:
    """Return why there is no verdict, or that the loss matters."""
    if change.verdict in ("unknown", "invalid"):
        return change.reason
    return "worse by more than the smallest difference that matters" if change.is_loss else ""


def version_words(run: Run, comparison: VersionComparison) -> list[str]:
    """Return which commits were compared."""
    environment, against = run.environment, comparison.against
    changed = ", with uncommitted changes" if environment.dirty else ""
    packages = "; packages and jars by its own lock files" if against.own_packages else ""
    return [
        f"working tree: commit {environment.commit or 'unknown'}{changed}",
        f"{short(against.commit)}: commit {against.commit} ({against.ref}: {against.subject}){packages}",
    ]


def conditions(run: Run, trials: Sequence[Trial]) -> str:
    """Return the number of blocks, the machine and its speed."""
    speed, environment = median_speed(trials), run.environment
    ran = f"; this machine ran at {speed:.2f} of the reference machine's speed" if speed else ""
    return f"{run.blocks} blocks on {environment.cores} cores of {environment.cpu_model}{ran}."
