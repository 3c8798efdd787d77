"""`simulate`: how often the judgement of a run makes a false statement."""

import click

from benchmarks.simulation import error_rates, markdown_table


@click.command()
@click.option("--runs", type=click.IntRange(min=1), default=1_000, show_default=True, help="Of each kind.")
@click.option("--seed", type=int, default=1, show_default=True)
def simulate(runs: int, seed: int) -> None:
    """Simulate runs of known truth, and print the share of those with a false statement as Markdown."""
    print(markdown_table(list(error_rates(runs, seed))))
