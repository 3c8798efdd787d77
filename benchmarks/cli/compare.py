"""`compare RUN RUN`: changes of throughput between two runs of the same cells."""

from pathlib import Path

import click

from benchmarks.environment import differences
from benchmarks.results.judge.comparison import Change, changes
from benchmarks.results.store.files import read_run, read_trials
from benchmarks.run_document import UnfitError

COMMIT = ("commit", "dirty")


@click.command()
@click.argument("before", metavar="RUN", type=click.Path(path_type=Path))
@click.argument("after", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--unlike", is_flag=True, help="Compare even if machines or versions differ.")
def compare(before: Path, after: Path, *, unlike: bool) -> None:
    """Compare the throughput of the second RUN with that of the first, cell by cell."""
    old, new = read_run(before), read_run(after)
    changed = [line for line in differences(old.environment, new.environment) if not line.startswith(COMMIT)]
    changed += [
        f"{name} differs" for name in ("warm_up_s", "window_s") if getattr(old, name) != getattr(new, name)
    ]
    if changed and not unlike:
        raise UnfitError(f"the runs are unlike: {'; '.join(changed)}; --unlike compares them nevertheless", 2)
    for change in changes(old, read_trials(before), new, read_trials(after)):
        print(line_of(change))


def line_of(change: Change) -> str:
    """Return *change* in one line."""
    if change.interval is None:
        return f"{change.cell}: {change.verdict}: {change.reason}"
    ratio = change.interval
    return f"{change.cell}: {change.verdict} {ratio.ratio:.3f}×: {change.reason}"
