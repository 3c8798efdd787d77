"""Metrics: the numbers of a trial by which cells are compared."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from benchmarks.results.store.trial_schema import LoadFigures, Spread, Trial
from loadtests.measurement.percentiles import too_few_beyond

Measure = Callable[[Trial], float | None]

COMPONENTS = ("endpoint", "kafka", "flink", "flink-jobmanager", "flink-taskmanager", "functions")
"""Components of the service; the generator is none of them."""


@dataclass(frozen=True)
class Metric:
    """A number of a trial by which cells are compared."""

    name: str
    unit: str
    higher_is_better: bool
    of: Measure


def cpu_ms_per_request(trial: Trial, component: str) -> float | None:
    """Return CPU time of *component* in the window / requests answered in it, ms."""
    used, answered = trial.usage.get(component), answered_in_window(trial)
    return used.cpu_s * 1000 / answered if used and answered else None


def answered_in_window(trial: Trial) -> float:
    """Return how many succeeded answers ended in the window."""
    return (trial.throughput_per_s or 0) * (trial.window_s or 0)


def service_cpu_ms_per_request(trial: Trial) -> float | None:
    """Return CPU time of all components of the service / requests answered, ms."""
    parts = [cpu_ms_per_request(trial, component) for component in COMPONENTS]
    known = [part for part in parts if part is not None]
    return sum(known) if known else None


def openly_loaded(trials: Iterable[Trial]) -> set[str]:
    """Return the cells of which a trial has an open loop beside its closed one."""
    return {trial.cell for trial in trials if trial.open is not None}


def response_times(trial: Trial) -> Spread | None:
    """Return the response times of *trial*: those of its open loop, where it has one that counts.

    A closed loop has response times too, but its throughput sets them (Little's law).
    """
    load = latency_load(trial)
    return load.response_ms if load else None


def latency_load(trial: Trial) -> LoadFigures | None:
    """Return the load of *trial* from which times are taken: its open loop where it has one, else its own.

    None where the open loop does not count.
    """
    if trial.open is None:
        return trial
    return None if trial.open.failure else trial.open


def mean_ms(trial: Trial) -> float | None:
    """Return the mean response time of the requests that succeeded; None without any."""
    spread = response_times(trial)
    return spread.mean if spread and math.isfinite(spread.mean) else None


def p50_ms(trial: Trial) -> float | None:
    """Return the median response time; None where half of the requests or more failed."""
    spread = response_times(trial)
    return spread.p50 if spread and math.isfinite(spread.p50) else None


def p99_ms(trial: Trial) -> float | None:
    """Return the p99 of the response time; None where too few requests lie beyond it or it is infinite."""
    spread = response_times(trial)
    if spread is None or too_few_beyond(spread.count, 99) or not math.isfinite(spread.p99):
        return None
    return spread.p99


def no_p99_reason(trial: Trial) -> str | None:
    """Return why *trial* has no p99, or None where it has one."""
    spread = response_times(trial)
    if trial.open is not None and trial.open.failure:
        return trial.open.failure
    if spread is None:
        return "no request was answered"
    if few := too_few_beyond(spread.count, 99):
        return few
    return None if math.isfinite(spread.p99) else "1 % of the requests or more failed"


def p99_words(trial: Trial) -> str:
    """Return the p99 of *trial* in words, or a dash and why it has none."""
    value = p99_ms(trial)
    return f"p99 - ({no_p99_reason(trial)})" if value is None else f"p99 {value:.1f} ms"


THROUGHPUT = Metric("throughput", "1/s", higher_is_better=True, of=lambda trial: trial.throughput_per_s)
MEAN = Metric("response mean", "ms", higher_is_better=False, of=mean_ms)
P50 = Metric("response p50", "ms", higher_is_better=False, of=p50_ms)
P99 = Metric("response p99", "ms", higher_is_better=False, of=p99_ms)
CPU = Metric("CPU per request", "ms", higher_is_better=False, of=service_cpu_ms_per_request)
ENDPOINT_CPU = Metric(
    "endpoint CPU per request",
    "ms",
    higher_is_better=False,
    of=lambda trial: cpu_ms_per_request(trial, "endpoint"),
)
METRICS = (THROUGHPUT, MEAN, P50, P99, CPU, ENDPOINT_CPU)
RESPONSE_TIMES = (MEAN.name, P50.name, P99.name)
"""Metrics that are taken from `latency_load`."""
