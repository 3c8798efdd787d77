"""`report` and `validate`: what a stored run says, once more."""

from pathlib import Path

import click

from benchmarks.child import ask
from benchmarks.cli.run import pass_surroundings
from benchmarks.results.store import read_probes, read_run, read_trials
from benchmarks.results.validation import contradictions, probe_contradictions
from benchmarks.surroundings import Surroundings

REPORT_WITHIN_S = 180.0


@click.command()
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path))
@pass_surroundings
def report(surroundings: Surroundings, folder: Path) -> None:
    """Render the report of RUN again from what is stored."""
    read_run(folder)
    ask(surroundings.commands.report(folder), REPORT_WITHIN_S)
    print(f"report: {folder / 'report.html'}")


@click.command()
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path))
def validate(folder: Path) -> int:
    """Compute every stored figure of RUN again from its samples; exit 1 where one differs."""
    run, trials = read_run(folder), read_trials(folder)
    found = contradictions(folder, run, trials)
    found += probe_contradictions(folder, run, read_probes(folder))
    for line in found:
        print(line)
    print(f"{len(trials)} trials, {len(found)} contradictions")
    return int(bool(found))
