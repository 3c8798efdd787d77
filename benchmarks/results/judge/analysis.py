"""Analysis of a run: figures of each cell over its valid blocks, ranks, comparisons with the reference.

Nothing of this is stored; it is derived on read from `Run` and its `Trial`s.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.results.judge.blocks import control_interval, mean_over_blocks, obstacle, valid_blocks
from benchmarks.results.judge.capacity import CellCapacity, capacities, ledger_trials
from benchmarks.results.judge.metrics import METRICS, P50, P99, THROUGHPUT, Metric, cpu_ms_per_request
from benchmarks.results.judge.notes import notes
from benchmarks.results.judge.ranks import Ranking, RankInterval
from benchmarks.results.judge.statistics import RatioInterval
from benchmarks.results.judge.verdicts import Judgement, judge, noise_floor, rank_by
from benchmarks.results.store.schema import Cell, Run, Verdict
from benchmarks.results.store.trial_schema import Probe, Trial


@dataclass(frozen=True)
class CellFigures:
    """One cell over its valid blocks; None where no block has the figure.

    Throughput and response times are the estimates by which cells are ranked: the geometric mean over the
    blocks, adjusted for those that the cell lacks.
    """

    cell: Cell
    rank: RankInterval | None
    """By the main metric of the run; None for an A/A twin and for a cell that cannot be ranked."""
    blocks: int
    """Valid blocks."""
    trials: int
    """Trials made, invalid ones included."""
    failures: list[str]
    """Why trials were invalid, in the order in which they ran."""
    throughput_per_s: float | None
    throughput_by_block: dict[int, float]
    response_ms_p50: float | None
    response_ms_p99: float | None
    failed_fraction: float | None
    cpu_ms_per_request: dict[str, float]
    """By component, the generator included."""
    rss_peak_mib: dict[str, float]


@dataclass(frozen=True)
class Comparison:
    """A cell against the reference by one metric: cell / reference, paired by block."""

    cell: str
    metric: str
    blocks: int
    """Blocks that have both."""
    interval: RatioInterval | None
    """The ratio with its 95 % interval, adjusted for all pairs; None where a cell has no rank or no block."""
    verdict: Verdict
    reason: str


@dataclass(frozen=True)
class Analysis:
    """All results of a run."""

    metric: str
    """The main metric of the run, by which cells are judged."""
    cells: dict[str, CellFigures]
    """The best first: an A/A twin follows its original, cells without a rank come last."""
    comparisons: list[Comparison]
    """By the main metric, in the order of the cells."""
    others: dict[str, list[Comparison]]
    """By each other metric."""
    rankings: dict[str, Ranking]
    """By metric; every comparison is from these."""
    control: RatioInterval | None
    """The A/A pair's ratio with its own 95 % t interval; None where the run has no such pair."""
    floor: float | None
    """No difference smaller than this is ranked (relative: 0.03 is 3 %); None without an A/A pair."""
    capacity: dict[str, CellCapacity] = field(default_factory=dict)
    """By cell; empty where the run searched none."""
    notes: list[str] = field(default_factory=list)
    """Sentences on the limits of the results: what the run cannot resolve, noise, cells left out."""

    @property
    def ranking(self) -> Ranking:
        """The ranking by the main metric."""
        return self.rankings[self.metric]

    def verdict(self, cell: str) -> Comparison | None:
        """Return the comparison of *cell*; None for the reference itself."""
        return next((one for one in self.comparisons if one.cell == cell), None)


def analyse(run: Run, trials: Sequence[Trial], probes: Sequence[Probe] = ()) -> Analysis:
    """Return the analysis of *run*, from its *trials* and the *probes* of its capacities."""
    trials = [*trials, *ledger_trials(probes)]
    main = main_metric(run)
    control = control_interval(run, trials, main)
    rankings = {metric.name: rank_by(run, trials, metric) for metric in METRICS}
    compared = {metric.name: compare_all(run, trials, metric, rankings[metric.name]) for metric in METRICS}
    comparisons = compared.pop(main.name)
    cells = in_order(run.cells, rankings[main.name])
    found = capacities(run, trials, probes)
    return Analysis(
        metric=main.name,
        cells={cell.name: cell_figures(cell, trials, rankings, main) for cell in cells},
        comparisons=comparisons,
        others=compared,
        rankings=rankings,
        control=control,
        floor=noise_floor(control),
        capacity={cell.name: found[cell.name] for cell in cells if cell.name in found},
        notes=notes(run, trials, main, rankings[main.name]),
    )


def main_metric(run: Run) -> Metric:
    """Return the metric by which the cells of *run* are ranked: that which its load leaves free."""
    return P99 if all(cell.load.kind == "open" for cell in run.cells) else THROUGHPUT


def in_order(cells: Sequence[Cell], ranking: Ranking) -> list[Cell]:
    """Return *cells* in the order of *ranking*, as `Analysis.cells` has it."""
    places = {name: place for place, name in enumerate(ranking.cells)}

    def place(cell: Cell) -> tuple[int, bool]:
        return places.get(cell.twin_of or cell.name, len(places)), cell.twin_of is not None

    return sorted(cells, key=place)


def cell_figures(
    cell: Cell, trials: Sequence[Trial], rankings: Mapping[str, Ranking], main: Metric
) -> CellFigures:
    """Return the figures of *cell* over its valid blocks."""
    mine = [trial for trial in trials if trial.cell == cell.name]
    valid = [trial for trial in mine if trial.valid]
    components = sorted({name for trial in valid for name in trial.usage})
    return CellFigures(
        cell=cell,
        rank=rankings[main.name].ranks().get(cell.name),
        blocks=len({trial.block for trial in valid}),
        trials=len(mine),
        failures=[trial.failure for trial in mine if trial.failure],
        throughput_per_s=estimate(cell.name, trials, THROUGHPUT, rankings[THROUGHPUT.name]),
        throughput_by_block=valid_blocks(trials, cell.name, THROUGHPUT.of),
        response_ms_p50=estimate(cell.name, trials, P50, rankings[P50.name]),
        response_ms_p99=estimate(cell.name, trials, P99, rankings[P99.name]),
        failed_fraction=failed_fraction(valid),
        cpu_ms_per_request=_known(
            {name: mean_over_blocks(cpu_blocks(trials, cell.name, name)) for name in components}
        ),
        rss_peak_mib=rss_peaks(valid),
    )


def estimate(cell: str, trials: Sequence[Trial], metric: Metric, ranking: Ranking) -> float | None:
    """Return the figure of *cell* by *metric*: that of the ranking, or the mean of a cell without a rank."""
    if cell in ranking.cells:
        return ranking.estimate(cell)
    return mean_over_blocks(valid_blocks(trials, cell, metric.of))


def cpu_blocks(trials: Sequence[Trial], cell: str, component: str) -> dict[int, float]:
    """Return block -> CPU ms per request of *component*."""
    return valid_blocks(trials, cell, lambda trial: cpu_ms_per_request(trial, component))


def rss_peaks(trials: Sequence[Trial]) -> dict[str, float]:
    """Return the highest resident set of each component over *trials*, MiB."""
    peaks: dict[str, float] = {}
    for trial in trials:
        for name, usage in trial.usage.items():
            peaks[name] = max(peaks.get(name, 0.0), usage.rss_peak_mib)
    return peaks


def failed_fraction(trials: Sequence[Trial]) -> float | None:
    """Return failed requests / requests sent, over all loads of *trials*."""
    loads = [load for trial in trials for load in (trial, trial.open) if load is not None]
    counts = [load.requests for load in loads if load.requests]
    sent = sum(requests.sent for requests in counts)
    return sum(requests.failed for requests in counts) / sent if sent else None


def compare_all(run: Run, trials: Sequence[Trial], metric: Metric, ranking: Ranking) -> list[Comparison]:
    """Compare each cell with the reference of *run* by *metric*; A/A twins are not compared."""
    lacking = obstacle(run.reference, trials)
    return [
        comparison(
            run, cell.name, metric, ranking, obstacle(cell.name, trials) or _of_reference(run, lacking)
        )
        for cell in run.cells
        if cell.name != run.reference and cell.twin_of is None
    ]


def comparison(
    run: Run, cell: str, metric: Metric, ranking: Ranking, obstacle_found: str | None
) -> Comparison:
    """Return the comparison of *cell* with the reference; *obstacle_found* is why there can be none."""
    if obstacle_found is not None:
        return _without_interval(cell, metric, Judgement("invalid", obstacle_found))
    missing = [name for name in (cell, run.reference) if name not in ranking.cells]
    if missing:
        return _without_interval(
            cell, metric, Judgement("unknown", f"no block has the {metric.name} of {missing[0]}")
        )
    blocks = len(ranking.gaps_log(cell, run.reference))
    interval = ranking.interval(cell, run.reference) if blocks else None
    found = judge(ranking, cell, run.reference, run.smallest_difference)
    return Comparison(cell, metric.name, blocks, interval, found.verdict, found.reason)


def _without_interval(cell: str, metric: Metric, found: Judgement) -> Comparison:
    return Comparison(cell, metric.name, 0, None, found.verdict, found.reason)


def _of_reference(run: Run, lacking: str | None) -> str | None:
    return None if lacking is None else f"the reference {run.reference} has no rank: {lacking}"


def _known(values: dict[str, float | None]) -> dict[str, float]:
    return {name: value for name, value in values.items() if value is not None}
