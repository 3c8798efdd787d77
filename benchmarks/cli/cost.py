"""`cost`: what a request costs each component in CPU time, and what it would cost without our code."""

from pathlib import Path

import click

from benchmarks.availability import catalogued
from benchmarks.cli.run import begun, measure, pass_surroundings
from benchmarks.cost import cost_lines, cost_profile
from benchmarks.results.judge.notes import disturbances
from benchmarks.results.store.schema import Run, Trial
from benchmarks.run_context import Surroundings
from benchmarks.run_document import finish, plan_run


@click.command()
@click.option("--rounds", type=click.IntRange(min=2), default=8, show_default=True)
@click.option("--server", default="granian", show_default=True)
@click.option("--client", default="confluent-kafka", show_default=True)
@click.option("--connections", type=click.IntRange(min=1), default=64, show_default=True)
@click.option("--warm-up", "warm_up_s", type=click.FloatRange(min=0.1), default=3.0, show_default=True)
@click.option("--window", "window_s", type=click.FloatRange(min=0.1), default=8.0, show_default=True)
@click.option("--results", type=click.Path(path_type=Path), default=Path("results"), show_default=True)
@pass_surroundings
def cost(
    surroundings: Surroundings,
    /,
    results: Path,
    server: str,
    client: str,
    rounds: int,
    connections: int,
    warm_up_s: float,
    window_s: float,
) -> int:
    """Tell the CPU time of a request by component, beside the floor: the same exchange on bare WSGI.

    The rounds are stored like those of any run, in an order that is drawn anew within each.
    """
    profile = cost_profile(server, client, rounds, connections, warm_up_s, window_s)
    plan = plan_run("cost", profile, catalogued(), surroundings.read_environment())
    folder, plan, trials = begun(results, plan)
    trials = measure(folder, plan, trials, surroundings.commands)
    finish(folder, plan, trials)
    tell(plan, trials)
    return int(not any(trial.valid for trial in trials))


def tell(plan: Run, trials: list[Trial]) -> None:
    """Print the costs, what failed, and what disturbed them."""
    for line in cost_lines(plan, trials):
        print(line)
    for trial in trials:
        if trial.failure:
            print(f"round {trial.block + 1}, {trial.cell}: {trial.failure}")
    print(f"meanwhile: {disturbances(trials)}")
