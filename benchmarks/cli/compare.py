"""`compare RUN RUN`: changes between two stored runs of the same cells."""

from collections.abc import Iterator
from pathlib import Path

import click

from benchmarks.cli.run import RefusedError
from benchmarks.environment import differences
from benchmarks.results.judge.run_comparison import (
    WARNING,
    Change,
    ComparedRun,
    changes,
    shared_cells,
    unbalanced,
)
from benchmarks.results.judge.speed import median_speed
from benchmarks.results.judge.statistics import RatioInterval
from benchmarks.results.store.files import read_run, read_trials
from benchmarks.results.store.schema import Run
from benchmarks.run_document import UnfitError

COMMIT = ("commit", "dirty", "changes")


@click.command()
@click.argument("before", metavar="RUN", type=click.Path(path_type=Path))
@click.argument("after", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--unlike", is_flag=True, help="Compare even if machines or versions differ.")
def compare(before: Path, after: Path, *, unlike: bool) -> int:
    """Compare the second RUN with the first, cell by cell; exit with 1 where any is slower or invalid."""
    old, new = (ComparedRun(read_run(folder), read_trials(folder)) for folder in (before, after))
    unlike_settings = list(setting_differences(old.run, new.run))
    if unlike_settings and not unlike:
        raise UnfitError(
            f"the runs are unlike: {'; '.join(unlike_settings)}; --unlike compares them nevertheless", 2
        )
    cells = shared_cells(old.run, new.run)
    for folder, stored in ((before, old), (after, new)):
        if trial := unbalanced(stored, cells):
            raise RefusedError(
                f"the ledger of {trial.cell} does not balance in block {trial.block + 1} of {folder}: "
                f"{trial.failure}; a service that loses or repeats updates has no figures to compare"
            )
    found = changes(old, new)
    print(WARNING)
    for line in lines(old, new, found):
        print(line)
    return int(any(change.verdict in ("slower", "invalid") for change in found))


def setting_differences(old: Run, new: Run) -> Iterator[str]:
    """Yield a phrase per difference, of machines, versions or times, that changes results."""
    found = differences(old.environment, new.environment)
    yield from (line for line in found if not line.startswith(COMMIT))
    for name in ("warm_up_s", "window_s"):
        if getattr(old, name) != getattr(new, name):
            yield f"{name} differs"


def lines(old: ComparedRun, new: ComparedRun, found: list[Change]) -> Iterator[str]:
    """Yield the machine's speed in both runs, then a line per change."""
    speeds = [median_speed(stored.trials) for stored in (old, new)]
    if all(speeds):
        yield f"The machine ran at {speeds[0]:.2f} and {speeds[1]:.2f} of the reference machine's speed."
    yield from map(line_of, found)


def line_of(change: Change) -> str:
    """Return *change* in one line."""
    parts = [f"{change.cell}: {change.metric.name}: {change.verdict}"]
    if change.interval:
        parts.append(ratio_words(change.interval))
    if change.at_reference_speed:
        parts.append(f"at the reference machine's speed {ratio_words(change.at_reference_speed)}")
    return "; ".join([*parts, *([change.reason] if change.reason else [])])


def ratio_words(found: RatioInterval) -> str:
    """Return a ratio with its interval."""
    return f"{found.ratio:.3f} times ({found.low:.3f} to {found.high:.3f})"
