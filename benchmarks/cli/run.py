"""`run PROFILE`: make a run, or go on with one, and say what it found."""

import shutil
from pathlib import Path

import click

from benchmarks.availability import catalogued
from benchmarks.cli.verdict_lines import verdict_lines
from benchmarks.environment import differences
from benchmarks.plan import run_estimate_s
from benchmarks.profile import Profile, find_profile, read_profile
from benchmarks.progress import duration, watcher
from benchmarks.results.command_lines import CommandLines
from benchmarks.results.judge.analysis import Analysis, analyse
from benchmarks.results.judge.statistics import difference_found
from benchmarks.results.store.files import drop_torn_line, read_probes, read_run, read_trials, write_run
from benchmarks.results.store.schema import Run, Trial
from benchmarks.run_context import RunContext, Surroundings
from benchmarks.run_document import UnfitError, comparisons, finish, plan_differences, plan_run, with_settings
from benchmarks.runner import make_run
from benchmarks.subprocesses import SubprocessError, ask

REPORT_WITHIN_S = 180.0


class RefusedError(Exception):
    """Settings under which a run cannot be made or gone on with."""


pass_surroundings = click.make_pass_decorator(Surroundings)


@click.command()
@click.argument("profile")
@click.option("--resume", type=click.Path(path_type=Path), help="The folder of a run to go on with.")
@click.option("--results", type=click.Path(path_type=Path), default=Path("results"), show_default=True)
@click.option("--blocks", type=click.IntRange(min=1), help="Not the profile's.")
@click.option("--warm-up", "warm_up_s", type=click.FloatRange(min=0.1), help="Not the profile's.")
@click.option("--window", "window_s", type=click.FloatRange(min=0.1), help="Not the profile's.")
@click.option("--seed", type=int, help="Of order, arrivals and keys, not the profile's.")
@pass_surroundings
def run(
    surroundings: Surroundings,
    /,
    profile: str,
    resume: Path | None,
    results: Path,
    **overrides: float | None,
) -> int:
    """Measure PROFILE (a name of `list profiles`, or a .toml file) and render its report."""
    file = find_profile(profile)
    wanted = overridden(read_profile(file), overrides)
    plan = plan_run(file.stem, wanted, catalogued(), surroundings.read_environment())
    folder, plan, trials = resumed(resume, plan) if resume else begun(results, plan)
    return carry_out(folder, plan, trials, surroundings.commands)


def overridden(profile: Profile, overrides: dict[str, float | None]) -> Profile:
    """Return *profile* with what the command line says otherwise."""
    return profile.model_copy(update={name: value for name, value in overrides.items() if value is not None})


def begun(results: Path, plan: Run) -> tuple[Path, Run, list[Trial]]:
    """Make the folder of a new run and store its plan."""
    folder = results / plan.run_id
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise UnfitError(
            f"{folder} cannot be made: {error.strerror}; give --results a folder to write in", 3
        ) from error
    plan = with_settings(plan)
    write_run(folder, plan)
    return folder, plan, []


def resumed(folder: Path, plan: Run) -> tuple[Path, Run, list[Trial]]:
    """Return the stored run in *folder*; refuse where profile, code or machine are not what they were."""
    stored = read_run(folder)
    told = [*plan_differences(stored, plan), *differences(stored.environment, plan.environment)]
    if told:
        raise RefusedError(f"{folder} cannot be resumed: {'; '.join(told)}; start a new run")
    drop_torn_line(folder)
    return folder, stored, read_trials(folder)


def carry_out(folder: Path, plan: Run, trials: list[Trial], commands: CommandLines) -> int:
    """Make the missing trials, render the report and print the verdicts."""
    try:
        trials = measure(folder, plan, trials, commands)
    except KeyboardInterrupt:
        click.echo(f"interrupted; go on with: make bench PROFILE={plan.profile} RESUME={folder}", err=True)
        raise
    return conclude(folder, finish(folder, plan, trials), trials, commands)


def measure(folder: Path, plan: Run, trials: list[Trial], commands: CommandLines) -> list[Trial]:
    """Make the missing trials, and return all."""
    campaign = RunContext(plan, folder, commands, watcher(sum(map(len, plan.order))))
    announce(campaign, trials)
    try:
        return make_run(campaign, trials)
    except UnfitError:
        remove_if_empty(folder)
        raise
    finally:
        campaign.watcher.close()


def announce(campaign: RunContext, trials: list[Trial]) -> None:
    """Say what is to come and how long it is likely to take."""
    left = len(campaign.missing(trials))
    takes = duration(run_estimate_s(campaign.run, left))
    campaign.watcher.say(f"{campaign.run.run_id}: {left} trials, about {takes}, in {campaign.folder}")
    if words := resolution_words(campaign.run):
        campaign.watcher.say(words)
    for out in campaign.run.left_out:
        campaign.watcher.say(f"left out: {out.cell}: {out.reason}")


def resolution_words(run: Run) -> str | None:
    """Say what difference the blocks of *run* find; None where it compares nothing, or in one block."""
    compared = comparisons(run.cells, run.reference)
    if run.blocks < 2 or not compared:
        return None
    least = difference_found(run.blocks, compared)
    return f"{run.blocks} blocks find a difference of {least:.0%} at 5 % noise four times in five"


def remove_if_empty(folder: Path) -> None:
    """Remove a run in which not one trial was made."""
    if not read_trials(folder):
        shutil.rmtree(folder)


def conclude(folder: Path, finished: Run, trials: list[Trial], commands: CommandLines) -> int:
    """Render, print, and return 1 where a cell has no valid result."""
    analysis = analyse(finished, trials, read_probes(folder))
    for line in verdict_lines(finished, analysis):
        print(line)
    ask(commands.report(folder), REPORT_WITHIN_S)
    refresh_index(folder.parent, commands)
    print(f"report: {folder / 'report.html'}")
    return int(has_failed(analysis))


def refresh_index(results: Path, commands: CommandLines) -> None:
    """Render the page over all runs; one that cannot be is told, since it costs this run nothing."""
    try:
        ask(commands.index(results), REPORT_WITHIN_S)
    except SubprocessError as error:
        click.echo(f"{results / 'index.html'} is not renewed: {error}", err=True)


def has_failed(analysis: Analysis) -> bool:
    """Return whether a cell has no valid trial, or a ledger that does not balance."""
    empty = any(cell.blocks == 0 for cell in analysis.cells.values())
    unbalanced = any(capacity.invalid for capacity in analysis.capacity.values())
    return empty or unbalanced or any(one.verdict == "invalid" for one in analysis.comparisons)
