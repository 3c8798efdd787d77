"""Metrics: the numbers of a trial by which cells are compared."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.results.store.schema import Trial

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


THROUGHPUT = Metric("throughput", "1/s", higher_is_better=True, of=lambda trial: trial.throughput_per_s)
P50 = Metric(
    "response p50",
    "ms",
    higher_is_better=False,
    of=lambda trial: trial.response_ms.p50 if trial.response_ms else None,
)
P99 = Metric(
    "response p99",
    "ms",
    higher_is_better=False,
    of=lambda trial: trial.response_ms.p99 if trial.response_ms else None,
)
CPU = Metric("CPU per request", "ms", higher_is_better=False, of=service_cpu_ms_per_request)
ENDPOINT_CPU = Metric(
    "endpoint CPU per request",
    "ms",
    higher_is_better=False,
    of=lambda trial: cpu_ms_per_request(trial, "endpoint"),
)
METRICS = (THROUGHPUT, P50, P99, CPU, ENDPOINT_CPU)
