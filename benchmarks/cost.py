"""The cost of a request: what is to be measured, and what was, as lines for a terminal."""

from collections.abc import Iterator, Sequence

from benchmarks.profile import NamedCell, Profile
from benchmarks.results.judge.cost import ComponentCost, CostSpread, costs
from benchmarks.results.store.schema import Limits, Load, Run, Trial

SERVICE, FLOOR = "service", "floor"
COLUMNS = ("", SERVICE, FLOOR, f"{SERVICE} / {FLOOR}")
WIDTHS = (13, 24, 24, 0)


def cost_profile(
    server: str, client: str, rounds: int, connections: int, warm_up_s: float, window_s: float
) -> Profile:
    """Return a profile of two cells: the service, and the same exchange without our code around it."""
    return Profile(
        description=f"CPU time of a request under {server} with {client}, beside its floor",
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
    """Yield a heading and a line for each component, times in µs of CPU by request."""
    cell = run.cells[0]
    yield (
        f"CPU µs by request of {cell.scenario}, {cell.server} x {cell.client}, "
        f"{cell.load.users} connections: median of {run.blocks} rounds (lowest to highest)"
    )
    yield columns(COLUMNS)
    for one in costs(trials, SERVICE, FLOOR):
        yield columns((one.component, spread_words(one.service), spread_words(one.floor), ratio_words(one)))


def columns(words: Sequence[str]) -> str:
    """Return *words* below each other's columns."""
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
