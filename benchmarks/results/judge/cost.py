"""CPU time per request of each component: of the service and its floor, the same exchange on bare WSGI."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.results.judge.blocks import valid_blocks
from benchmarks.results.judge.metrics import COMPONENTS, cpu_ms_per_request, service_cpu_ms_per_request
from benchmarks.results.judge.statistics import RatioInterval, log_ratios, t_interval
from benchmarks.results.store.trial_schema import Trial

US_PER_MS = 1_000
TOTAL = "all of these"


@dataclass(frozen=True)
class CostSpread:
    """CPU time per request of one component over the rounds, µs."""

    rounds: int
    median_us: float
    lowest_us: float
    highest_us: float


@dataclass(frozen=True)
class ComponentCost:
    """One component in the service and in its floor."""

    component: str
    service: CostSpread | None
    floor: CostSpread | None
    ratio: RatioInterval | None
    """Service / floor, paired by round, with its 95 % t interval; None where no round has both."""


def costs(trials: Sequence[Trial], service: str, floor: str) -> list[ComponentCost]:
    """Return the costs of each component in *service* and *floor*, of their sum, and of the generator."""
    return [
        *(component_cost(trials, name, service, floor) for name in COMPONENTS if used(trials, name)),
        cost(TOTAL, *(valid_blocks(trials, cell, service_cpu_ms_per_request) for cell in (service, floor))),
        component_cost(trials, "generator", service, floor),
    ]


def component_cost(trials: Sequence[Trial], component: str, service: str, floor: str) -> ComponentCost:
    """Return the costs of *component* in both cells."""

    def by_round(cell: str) -> Mapping[int, float]:
        return valid_blocks(trials, cell, lambda trial: cpu_ms_per_request(trial, component))

    return cost(component, by_round(service), by_round(floor))


def cost(component: str, service_ms: Mapping[int, float], floor_ms: Mapping[int, float]) -> ComponentCost:
    """Return the costs of both cells, by round, and their ratio."""
    shared = sorted(service_ms.keys() & floor_ms.keys())
    ratios = log_ratios([service_ms[one] for one in shared], [floor_ms[one] for one in shared])
    ratio = t_interval(ratios) if ratios else None
    return ComponentCost(component, spread(service_ms), spread(floor_ms), ratio)


def spread(by_round_ms: Mapping[int, float]) -> CostSpread | None:
    """Return the median and the range over the rounds; None without a round."""
    values_us = [value * US_PER_MS for value in by_round_ms.values()]
    if not values_us:
        return None
    return CostSpread(len(values_us), median(values_us), min(values_us), max(values_us))


def used(trials: Sequence[Trial], component: str) -> bool:
    """Return whether any trial has usage of *component*."""
    return any(component in trial.usage for trial in trials)
