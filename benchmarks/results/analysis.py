"""What a run says: figures of each cell over its valid blocks, comparisons with the reference, and verdicts.

Nothing of this is stored; it is derived on read from `Run` and its `Trial`s.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.results.metrics import METRICS, P50, P99, THROUGHPUT, Measure, Metric, cpu_ms_per_request
from benchmarks.results.schema import Cell, Run, Trial, Verdict
from benchmarks.results.statistics import Interval, geometric_mean, log_ratios, t_interval
from benchmarks.results.verdicts import Judgement, Pair, Rule, judge_all, noise_floor, resolution

STEADY = 1.1
"""A window whose last third has this many times the throughput of its first, or less, is steady."""


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
    interval: Interval | None
    """95 % t interval of the ratio; None where no block has both."""
    p_t: float | None
    p_sign_flip: float | None
    p_holm: float | None
    """The t test's p, adjusted over the comparisons of this metric."""
    verdict: Verdict
    reason: str


@dataclass(frozen=True)
class Analysis:
    """Everything that a report says about a run."""

    metric: str
    """The metric that the verdicts are about."""
    cells: dict[str, CellFigures]
    comparisons: list[Comparison]
    """By the verdicts' metric, in the order of the cells."""
    others: dict[str, list[Comparison]]
    """The same by each other metric."""
    control: Interval | None
    """The A/A pair's ratio; None where the run has none."""
    floor: float | None
    """No difference smaller than this is ranked (relative: 0.03 is 3 %); None without an A/A pair."""
    notes: list[str] = field(default_factory=list)
    """Sentences that a reader must know: what the run cannot resolve, noise, cells left out."""

    def verdict(self, cell: str) -> Comparison | None:
        """Return the comparison of *cell*; None for the reference itself."""
        return next((one for one in self.comparisons if one.cell == cell), None)


def analyse(run: Run, trials: Sequence[Trial]) -> Analysis:
    """Derive everything that is said about *run* from its *trials*."""
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
        notes=notes(run, trials, control),
    )


def valid_blocks(trials: Sequence[Trial], cell: str, measure: Measure) -> dict[int, float]:
    """Return block -> value over the valid trials of *cell*; a 0 has no logarithm and is left out."""
    chosen = [trial for trial in trials if trial.cell == cell and trial.valid]
    values = {trial.block: measure(trial) for trial in chosen}
    return {block: value for block, value in values.items() if value}


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
        throughput_per_s=_mean(throughput),
        throughput_by_block=throughput,
        response_ms_p50=_mean(valid_blocks(trials, cell.name, P50.of)),
        response_ms_p99=_mean(valid_blocks(trials, cell.name, P99.of)),
        failed_fraction=failed_fraction(valid),
        cpu_ms_per_request=_known({name: _mean(cpu_blocks(trials, cell.name, name)) for name in components}),
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
    """Return failed requests by requests sent, over all *trials*."""
    counts = [trial.requests for trial in trials if trial.requests]
    sent = sum(requests.sent for requests in counts)
    return sum(requests.failed for requests in counts) / sent if sent else None


def compare_all(run: Run, trials: Sequence[Trial], metric: Metric) -> list[Comparison]:
    """Compare each cell with the reference by *metric*; A/A twins are a control and are not compared."""
    cells = [cell.name for cell in run.cells if cell.name != run.reference and cell.twin_of is None]
    pairs = [pair(run.reference, cell, trials, metric) for cell in cells]
    floor = noise_floor(control_interval(run, trials, metric))
    judgements = judge_all(pairs, Rule(metric.higher_is_better, run.smallest_difference, floor))
    return [
        comparison(cell, metric, one, judgement)
        for cell, one, judgement in zip(cells, pairs, judgements, strict=True)
    ]


def pair(reference: str, cell: str, trials: Sequence[Trial], metric: Metric) -> Pair:
    """Return the paired log-ratios of *cell* to *reference*, and why there can be no rank, if so."""
    ours = valid_blocks(trials, cell, metric.of)
    theirs = valid_blocks(trials, reference, metric.of)
    shared = sorted(ours.keys() & theirs.keys())
    ratios = log_ratios([ours[block] for block in shared], [theirs[block] for block in shared])
    lacking = None if theirs else f"the reference {reference} has no valid trial"
    return Pair(ratios, obstacle(cell, trials) or lacking)


def obstacle(cell: str, trials: Sequence[Trial]) -> str | None:
    """Return why *cell* can have no rank, or None: one unbalanced ledger outweighs any speed."""
    mine = [trial for trial in trials if trial.cell == cell]
    unbalanced = [trial for trial in mine if trial.ledger and trial.ledger.verdict == "invalid"]
    if unbalanced:
        return f"its ledger does not balance in block {unbalanced[0].block + 1}: {unbalanced[0].failure}"
    if any(trial.valid for trial in mine):
        return None
    return f"no valid trial: {mine[-1].failure if mine else 'none was made'}"


def comparison(cell: str, metric: Metric, one: Pair, judgement: Judgement) -> Comparison:
    """Put a pair and its judgement into one value."""
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


def control_interval(run: Run, trials: Sequence[Trial], metric: Metric) -> Interval | None:
    """Return the ratio of the A/A pair by *metric*; None without one."""
    twin = next((cell for cell in run.cells if cell.twin_of), None)
    if twin is None or twin.twin_of is None:
        return None
    ratios = pair(twin.twin_of, twin.name, trials, metric).log_ratios
    return t_interval(ratios) if ratios else None


def notes(run: Run, trials: Sequence[Trial], control: Interval | None) -> list[str]:
    """Return what a reader must know beside the figures."""
    compared = [cell for cell in run.cells if cell.name != run.reference and cell.twin_of is None]
    told = [resolution(run.blocks, len(compared))]
    told += [f"{left.cell} is left out: {left.reason}" for left in run.left_out]
    if control is None:
        told.append(
            "No cell is entered twice (A/A), so the noise between equal cells is not known from this run."
        )
    elif control.low > 1 or control.high < 1:
        told.append(
            f"The A/A pair differs from itself ({control.ratio:.3f} times, 95 % interval {control.low:.3f} "
            f"to {control.high:.3f}): this machine was too noisy to trust small differences."
        )
    return told + drift_notes(trials) + noise_notes(trials)


def drift_notes(trials: Sequence[Trial]) -> list[str]:
    """Return a sentence for each cell whose throughput went on rising or falling through its windows."""
    cells = dict.fromkeys(trial.cell for trial in trials if trial.valid)
    drifts = {cell: _mean(valid_blocks(trials, cell, lambda trial: trial.drift)) for cell in cells}
    return [
        f"{cell} had no steady state: its windows end with {drift:.2f} times the throughput they begin with."
        for cell, drift in drifts.items()
        if drift is not None and not 1 / STEADY < drift < STEADY
    ]


def noise_notes(trials: Sequence[Trial]) -> list[str]:
    """Return a sentence for each kind of disturbance that reached into the windows."""
    noises = [trial.noise for trial in trials if trial.noise]
    if not noises:
        return []
    foreign = float(np.median([noise.foreign_cpu_fraction for noise in noises]))
    steal = float(np.median([noise.steal_fraction for noise in noises]))
    told = (
        [f"Other programs used {foreign:.0%} of the processors in the median window."]
        if foreign > 0.05
        else []
    )
    return told + ([f"The host took {steal:.0%} of the processors away (steal)."] if steal > 0.02 else [])


def _mean(values: dict[int, float]) -> float | None:
    return geometric_mean(list(values.values())) if values else None


def _known(values: dict[str, float | None]) -> dict[str, float]:
    return {name: value for name, value in values.items() if value is not None}
