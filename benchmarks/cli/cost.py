"""`cost`: CPU time per request of each component, in the service and in the same exchange on bare WSGI."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from benchmarks.availability import catalogue_names
from benchmarks.cli.run import measure, new_run, pass_dependencies
from benchmarks.profile import NamedCell, Profile
from benchmarks.results.judge.cost import ComponentCost, CostSpread, costs
from benchmarks.results.judge.notes import disturbances
from benchmarks.results.store.schema import Limits, Load, Run
from benchmarks.results.store.trial_schema import Trial
from benchmarks.run_context import Dependencies
from benchmarks.run_document import finish, plan_run

SERVICE, FLOOR = "service", "floor"
COLUMNS = ("", SERVICE, FLOOR, f"{SERVICE} / {FLOOR}")
WIDTHS = (13, 24, 24, 0)


@click.command()
@click.option("--rounds", type=click.IntRange(min=2), default=8, show_default=True)
@click.option("--server", default="granian", show_default=True)
@click.option("--client", default="confluent-kafka", show_default=True)
@click.option("--connections", type=click.IntRange(min=1), default=64, show_default=True)
@click.option("--warm-up", "warm_up_s", type=click.FloatRange(min=0.1), default=3.0, show_default=True)
@click.option("--window", "window_s", type=click.FloatRange(min=0.1), default=8.0, show_default=True)
@click.option("--results", type=click.Path(path_type=Path), default=Path("results"), show_default=True)
@pass_dependencies
def cost(
    dependencies: Dependencies,
    /,
    results: Path,
    server: str,
    client: str,
    rounds: int,
    connections: int,
    warm_up_s: float,
    window_s: float,
) -> int:
    """Measure CPU time per request of each component, and of the same exchange on bare WSGI (the floor).

    Rounds are blocks of these two cells in random order, stored as those of any run.
    """
    profile = cost_profile(server, client, rounds, connections, warm_up_s, window_s)
    plan = plan_run("cost", profile, catalogue_names(), dependencies.read_environment())
    folder, plan, trials = new_run(results, plan)
    run, trials = measure(folder, plan, trials, dependencies)
    finish(folder, run, trials)
    print_costs(plan, trials)
    return int(not any(trial.valid for trial in trials))


def print_costs(plan: Run, trials: list[Trial]) -> None:
    """Print the costs, the failures, and the noise of the machine."""
    for line in cost_lines(plan, trials):
        print(line)
    for trial in trials:
        if trial.failure:
            print(f"round {trial.block + 1}, {trial.cell}: {trial.failure}")
    print(f"machine: {disturbances(trials)}")


def cost_profile(
    server: str, client: str, rounds: int, connections: int, warm_up_s: float, window_s: float
) -> Profile:
    """Return a profile of two cells: the service, and the same exchange on bare WSGI."""
    return Profile(
        description=f"CPU time per request under {server} with {client}, and its floor",
        reference=FLOOR,
        scenario="find",
        blocks=rounds,
        warm_up_s=warm_up_s,
        warm_up_at_most_s=2 * warm_up_s,
        window_s=window_s,
        runtime_warm_up_s=4 * warm_up_s,
        load=Load(kind="closed", users=connections),
        limits=Limits(failed_fraction=0.001),
        cells=[
            NamedCell(name=SERVICE, server=server, client=client),
            NamedCell(name=FLOOR, server=server, client=client, baseline="bare"),
        ],
    )


def cost_lines(run: Run, trials: Sequence[Trial]) -> Iterator[str]:
    """Yield a heading and a line per component; times are µs of CPU per request."""
    cell = run.cells[0]
    yield (
        f"CPU µs per request of {cell.scenario}, {cell.server} x {cell.client}, "
        f"{cell.load.users} connections: median of {run.blocks} rounds (lowest to highest)"
    )
    yield columns(COLUMNS)
    for one in costs(trials, SERVICE, FLOOR):
        yield columns((one.component, spread_words(one.service), spread_words(one.floor), ratio_words(one)))


def columns(words: Sequence[str]) -> str:
    """Return *words* in columns."""
    return "  ".join(f"{word:<{width}}" for word, width in zip(words, WIDTHS, strict=True)).rstrip()


def spread_words(spread: CostSpread | None) -> str:
    """Return a median with its range."""
    if spread is None:
        return "no valid round"
    return f"{spread.median_us:.0f} ({spread.lowest_us:.0f} to {spread.highest_us:.0f})"


def ratio_words(cost: ComponentCost) -> str:
    """Return a ratio with its interval."""
    if cost.ratio is None:
        return "-"
    return f"{cost.ratio.ratio:.2f} (95 % interval {cost.ratio.low:.2f} to {cost.ratio.high:.2f})"
