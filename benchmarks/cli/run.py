"""`run PROFILE`: make a run, or resume one, render its report and print its verdicts."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from benchmarks.against import other_version
from benchmarks.availability import catalogue_names
from benchmarks.cli.verdict_lines import verdict_lines
from benchmarks.environment import differences
from benchmarks.plan import remaining, run_estimate_s
from benchmarks.profile import FOLDER, Profile, find_profile, read_profile
from benchmarks.progress import duration, progress_display
from benchmarks.results.command_lines import CommandLines, short
from benchmarks.results.judge.analysis import Analysis, analyse
from benchmarks.results.judge.sequential import difference_found
from benchmarks.results.judge.version_comparison import VersionComparison, compare_versions, version_lines
from benchmarks.results.store.files import drop_torn_line, read_probes, read_run, read_trials, write_run
from benchmarks.results.store.schema import Against, Run
from benchmarks.results.store.trial_schema import Trial
from benchmarks.run_context import Dependencies, RunContext
from benchmarks.run_document import (
    UnfitError,
    compared_cells,
    finish,
    plan_differences,
    plan_run,
    with_settings,
)
from benchmarks.runner import make_run
from benchmarks.subprocesses import SubprocessError, output_of

REPORT_WITHIN_S = 180.0


class RefusedError(Exception):
    """Settings with which a run cannot be resumed."""


pass_dependencies = click.make_pass_decorator(Dependencies)


@click.command()
@click.argument("profile")
@click.option("--resume", type=click.Path(path_type=Path), help="Folder of a run to resume.")
@click.option("--against", metavar="REF", help="A commit or tag to measure in the same blocks.")
@click.option("--results", type=click.Path(path_type=Path), default=Path("results"), show_default=True)
@click.option("--blocks", type=click.IntRange(min=1), help="Blocks, instead of the profile's.")
@click.option(
    "--warm-up",
    "warm_up_s",
    type=click.FloatRange(min=0.1),
    help="Seconds of warm-up, instead of the profile's.",
)
@click.option(
    "--window",
    "window_s",
    type=click.FloatRange(min=0.1),
    help="Seconds of the window, instead of the profile's.",
)
@click.option("--seed", type=int, help="Seed of order, arrivals and keys.")
@pass_dependencies
def run(
    dependencies: Dependencies,
    /,
    profile: str,
    resume: Path | None,
    against: str | None,
    results: Path,
    **overrides: float | None,
) -> int:
    """Measure PROFILE (a name of `list profiles`, or a .toml file) and render its report.

    With --against, measure each cell in two versions, that of the working tree and REF; exit with 1 where the
    working tree is worse by more than the smallest difference that matters.
    """
    file = find_profile(profile)
    wanted = overridden(read_profile(file), overrides)
    dependencies, other = with_other_version(dependencies, resume, against)
    plan = plan_run(file.stem, wanted, catalogue_names(), dependencies.read_environment(), other)
    plan = with_command(plan, file, overrides)
    folder, plan, trials = resumed_run(resume, plan) if resume else new_run(results, plan)
    return execute(folder, plan, trials, dependencies)


def with_other_version(
    dependencies: Dependencies, resume: Path | None, ref: str | None
) -> tuple[Dependencies, Against | None]:
    """Return *dependencies* that can start the version *ref* too, and that version.

    Without *ref* it is the one of the run to *resume*, if it has one.
    """
    stored = read_run(resume).against if resume else None
    if ref is None and stored is None:
        return dependencies, None
    commands = dependencies.commands
    wanted = ref or (stored.commit if stored else "")
    other = other_version(dependencies.checkout, wanted, commands.system, partial(click.echo, err=True))
    same = stored is not None and stored.commit == other.against.commit
    against = stored if same else other.against
    versions = {other.against.commit: other.program}
    return replace(dependencies, commands=replace(commands, versions=versions)), against


def overridden(profile: Profile, overrides: dict[str, float | None]) -> Profile:
    """Return *profile* with the *overrides* of the command line; None keeps the profile's value."""
    return profile.model_copy(update={name: value for name, value in overrides.items() if value is not None})


def with_command(plan: Run, file: Path, overrides: dict[str, float | None]) -> Run:
    """Return *plan* with what its command line needs to be repeated: a profile of one's own, and options."""
    names = {name: words[0] for name, words in ((one.name, one.opts) for one in run.params)}
    given = {name: value for name, value in overrides.items() if value is not None}
    options = [word for name, value in given.items() for word in (names[name], str(value))]
    text = None if file.parent == FOLDER else file.read_text()
    return plan.model_copy(update={"options": options, "profile_text": text})


def new_run(results: Path, plan: Run) -> tuple[Path, Run, list[Trial]]:
    """Make the folder of a new run with *plan* in it; return folder, plan and no trials.

    The folder gets its name when the plan is in it, so that a run with a folder can always be resumed.
    """
    plan = with_settings(plan)
    folder, part = results / plan.run_id, results / f".{plan.run_id}.part"
    try:
        part.mkdir(parents=True)
        write_run(part, plan)
        part.rename(folder)
    except OSError as error:
        raise UnfitError(
            f"{folder} cannot be made: {error.strerror}; give --results a folder to write in", 3
        ) from error
    return folder, plan, []


def resumed_run(folder: Path, plan: Run) -> tuple[Path, Run, list[Trial]]:
    """Return the run in *folder* and its trials; refuse where profile, code or machine have changed."""
    stored = read_run(folder)
    changed = [*plan_differences(stored, plan), *differences(stored.environment, plan.environment)]
    if changed:
        raise RefusedError(f"{folder} cannot be resumed: {'; '.join(changed)}; start a new run")
    drop_torn_line(folder)
    return folder, stored, read_trials(folder)


def execute(folder: Path, plan: Run, trials: list[Trial], dependencies: Dependencies) -> int:
    """Make the missing trials, render the report and print the verdicts."""
    try:
        run, trials = measure(folder, plan, trials, dependencies)
    except KeyboardInterrupt:
        click.echo(f"interrupted; resume with: make bench PROFILE={plan.profile} RESUME={folder}", err=True)
        raise
    return conclude(folder, finish(folder, run, trials), trials, dependencies.commands)


def measure(
    folder: Path, plan: Run, trials: list[Trial], dependencies: Dependencies
) -> tuple[Run, list[Trial]]:
    """Make the missing trials; return the run as it is then, and all trials."""
    display = progress_display(sum(map(len, plan.order)))
    context = RunContext(plan, folder, dependencies.commands, display, dependencies.measure_speed)
    announce(context, trials)
    try:
        return make_run(context, trials)
    except UnfitError:
        remove_if_empty(folder)
        raise
    finally:
        context.display.close()


def announce(context: RunContext, trials: list[Trial]) -> None:
    """Show the number of missing trials, how long they are likely to take, and which cells are left out."""
    run = context.run
    left = len(remaining(run.order, trials, run.attempts)) if context.missing(trials) else 0
    most = "" if run.budget_s is None else "at most "
    takes = f"{most or 'about '}{duration(run_estimate_s(run, left))}"
    context.display.message(f"{run.run_id}: {most}{left} trials, {takes}, in {context.folder}")
    if words := resolution(run):
        context.display.message(words)
    for out in run.left_out:
        context.display.message(f"left out: {out.cell}: {out.reason}")


def resolution(run: Run) -> str | None:
    """Return the least difference that *run* can find, in words; None where it compares nothing."""
    if run.against:
        return f"{run.blocks} blocks compare the two versions"
    cells = compared_cells(run.cells)
    if run.blocks < 2 or cells < 2:
        return None
    least = difference_found(cells, run.blocks)
    found = f"{run.blocks} blocks show a difference of {least:.0%} at 5 % noise four times in five"
    if run.budget_s is None:
        return found
    return f"blocks are added until every comparison with {run.reference} is decided; {found}"


def remove_if_empty(folder: Path) -> None:
    """Remove the folder of a run that has no trial."""
    if not read_trials(folder):
        shutil.rmtree(folder)


def conclude(folder: Path, finished: Run, trials: list[Trial], commands: CommandLines) -> int:
    """Print the verdicts, render the report, and return 1 where a cell has no valid result.

    Of two versions, return 1 also where that of the working tree has lost.
    """
    analysis = analyse(finished, trials, read_probes(folder))
    comparison = compare_versions(finished, trials)
    for line in result_lines(finished, analysis, comparison):
        print(line)
    output_of(commands.report(folder), REPORT_WITHIN_S)
    refresh_index(folder.parent, commands)
    if comparison:
        print(f"summary: {folder / 'against.md'}")
    print(f"report: {folder / 'report.html'}")
    return int(has_failed(analysis) or (comparison is not None and comparison.has_failed))


def result_lines(run: Run, analysis: Analysis, comparison: VersionComparison | None) -> Iterator[str]:
    """Yield the verdicts on the cells, or on the change of each between two versions."""
    if comparison is None:
        yield from verdict_lines(run, analysis)
        return
    yield from version_lines(comparison, short(comparison.against.commit))
    yield from (f"note: {note}" for note in analysis.notes)


def refresh_index(results: Path, commands: CommandLines) -> None:
    """Render the page over all runs; a failure is only printed, since this run has its report."""
    try:
        output_of(commands.index(results), REPORT_WITHIN_S)
    except SubprocessError as error:
        click.echo(f"{results / 'index.html'} was not updated: {error}", err=True)


def has_failed(analysis: Analysis) -> bool:
    """Return whether a cell has no valid trial, or a ledger that does not balance."""
    empty = any(cell.blocks == 0 for cell in analysis.cells.values())
    unbalanced = any(capacity.invalid for capacity in analysis.capacity.values())
    return empty or unbalanced or any(one.verdict == "invalid" for one in analysis.comparisons)
