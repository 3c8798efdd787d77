"""Analysis of a run: figures of each cell over its valid blocks, comparisons with the reference, verdicts.

Nothing of this is stored; it is derived on read from `Run` and its `Trial`s.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.results.judge.blocks import control_interval, mean_over_blocks, pair, valid_blocks
from benchmarks.results.judge.capacity import CellCapacity, capacities, ledger_trials
from benchmarks.results.judge.metrics import METRICS, P50, P99, THROUGHPUT, Metric, cpu_ms_per_request
from benchmarks.results.judge.notes import notes
from benchmarks.results.judge.statistics import RatioInterval, t_interval
from benchmarks.results.judge.verdicts import Judgement, MetricRule, Pair, judge_all, noise_floor
from benchmarks.results.store.schema import Cell, Run, Verdict
from benchmarks.results.store.trial_schema import Probe, Trial


@dataclass(frozen=True)
class CellFigures:
    """One cell over its valid blocks; None where no block has the figure."""

    cell: Cell
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
    interval: RatioInterval | None
    """95 % t interval of the ratio; None where no block has both."""
    p_t: float | None
    p_sign_flip: float | None
    p_holm: float | None
    """The t test's p, adjusted over the comparisons of this metric."""
    verdict: Verdict
    reason: str


@dataclass(frozen=True)
class Analysis:
    """All results of a run."""

    metric: str
    """The main metric of the run, by which cells are judged."""
    cells: dict[str, CellFigures]
    comparisons: list[Comparison]
    """By the main metric, in the order of the cells."""
    others: dict[str, list[Comparison]]
    """By each other metric."""
    control: RatioInterval | None
    """The A/A pair's ratio; None where the run has no such pair."""
    floor: float | None
    """No difference smaller than this is ranked (relative: 0.03 is 3 %); None without an A/A pair."""
    capacity: dict[str, CellCapacity] = field(default_factory=dict)
    """By cell; empty where the run searched none."""
    notes: list[str] = field(default_factory=list)
    """Sentences on the limits of the results: what the run cannot resolve, noise, cells left out."""

    def verdict(self, cell: str) -> Comparison | None:
        """Return the comparison of *cell*; None for the reference itself."""
        return next((one for one in self.comparisons if one.cell == cell), None)


def analyse(run: Run, trials: Sequence[Trial], probes: Sequence[Probe] = ()) -> Analysis:
    """Return the analysis of *run*, from its *trials* and the *probes* of its capacities."""
    trials = [*trials, *ledger_trials(probes)]
    main = P99 if all(cell.load.kind == "open" for cell in run.cells) else THROUGHPUT
    control = control_interval(run, trials, main)
    floor = noise_floor(control)
    compared = {metric.name: compare_all(run, trials, metric) for metric in METRICS}
    comparisons = compared.pop(main.name)
    return Analysis(
        metric=main.name,
        cells={cell.name: cell_figures(cell, trials) for cell in run.cells},
        comparisons=comparisons,
        others=compared,
        control=control,
        floor=floor,
        capacity=capacities(run, trials, probes),
        notes=notes(run, trials, main),
    )


def cell_figures(cell: Cell, trials: Sequence[Trial]) -> CellFigures:
    """Return the figures of *cell*: geometric means over its valid blocks."""
    mine = [trial for trial in trials if trial.cell == cell.name]
    valid = [trial for trial in mine if trial.valid]
    components = sorted({name for trial in valid for name in trial.usage})
    throughput = valid_blocks(trials, cell.name, THROUGHPUT.of)
    return CellFigures(
        cell=cell,
        blocks=len({trial.block for trial in valid}),
        trials=len(mine),
        failures=[trial.failure for trial in mine if trial.failure],
        throughput_per_s=mean_over_blocks(throughput),
        throughput_by_block=throughput,
        response_ms_p50=mean_over_blocks(valid_blocks(trials, cell.name, P50.of)),
        response_ms_p99=mean_over_blocks(valid_blocks(trials, cell.name, P99.of)),
        failed_fraction=failed_fraction(valid),
        cpu_ms_per_request=_known(
            {name: mean_over_blocks(cpu_blocks(trials, cell.name, name)) for name in components}
        ),
        rss_peak_mib=rss_peaks(valid),
    )


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
    """Return failed requests / requests sent, over all *trials*."""
    counts = [trial.requests for trial in trials if trial.requests]
    sent = sum(requests.sent for requests in counts)
    return sum(requests.failed for requests in counts) / sent if sent else None


def compare_all(run: Run, trials: Sequence[Trial], metric: Metric) -> list[Comparison]:
    """Compare each cell with the reference by *metric*; A/A twins are not compared."""
    cells = [cell.name for cell in run.cells if cell.name != run.reference and cell.twin_of is None]
    pairs = [pair(run.reference, cell, trials, metric) for cell in cells]
    floor = noise_floor(control_interval(run, trials, metric))
    judgements = judge_all(pairs, MetricRule(metric.higher_is_better, run.smallest_difference, floor))
    return [
        comparison(cell, metric, one, judgement)
        for cell, one, judgement in zip(cells, pairs, judgements, strict=True)
    ]


def comparison(cell: str, metric: Metric, one: Pair, judgement: Judgement) -> Comparison:
    """Return the comparison that *one* and *judgement* make."""
    return Comparison(
        cell=cell,
        metric=metric.name,
        blocks=len(one.log_ratios),
        interval=t_interval(one.log_ratios) if one.log_ratios else None,
        p_t=judgement.p_t,
        p_sign_flip=judgement.p_sign_flip,
        p_holm=judgement.p_holm,
        verdict=judgement.verdict,
        reason=judgement.reason,
    )


def _known(values: dict[str, float | None]) -> dict[str, float]:
    return {name: value for name, value in values.items() if value is not None}
