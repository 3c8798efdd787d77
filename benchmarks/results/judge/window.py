"""Figures of a window from its raw samples: counts, throughput and percentiles.

A request belongs to the window in which it was *due*; throughput counts the answers that *ended* in it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.results.store.trial_schema import Requests, Spread
from loadtests.measurement.percentiles import TAIL_REQUESTS, beyond, percentiles
from loadtests.measurement.samples import (
    HOPS,
    ROUTES,
    due_within,
    lag_ms,
    response_ms,
    service_ms,
    succeeded,
    within,
)

__all__ = [
    "TAIL_REQUESTS",
    "Figures",
    "beyond",
    "due_within",
    "figures",
    "lag_ms",
    "percentiles",
    "response_ms",
    "service_ms",
    "succeeded",
    "within",
]

Samples = npt.NDArray[Any]


@dataclass(frozen=True)
class Figures:
    """The derived figures of one window; the names are those of `Trial`."""

    requests: Requests
    throughput_per_s: float
    drift: float | None
    response_ms: Spread | None
    service_ms: Spread | None
    lag_ms: Spread | None
    by_route: dict[str, Spread]
    hops_ms: dict[str, Spread]


def figures(samples: Samples, start_ns: int, end_ns: int, failed_ms: float = np.inf) -> Figures:
    """Return the figures of the window from *start_ns* (included) to *end_ns* (excluded).

    A failed request takes *failed_ms*: infinitely long, or NaN to leave it out, as runs before schema 5 did.
    """
    due = due_within(samples, start_ns, end_ns)
    good = succeeded(due["status"])
    ended = samples[within(samples["ended_ns"], start_ns, end_ns)]
    ended_ns = ended["ended_ns"][succeeded(ended["status"])]
    responses_ms = np.where(good, response_ms(due), failed_ms)
    return Figures(
        requests=count(due),
        throughput_per_s=len(ended_ns) / ((end_ns - start_ns) / 1e9),
        drift=drift(ended_ns, start_ns, end_ns),
        response_ms=spread(responses_ms),
        service_ms=spread(np.where(good, service_ms(due), failed_ms)),
        lag_ms=spread(lag_ms(due)),
        by_route=present({route: responses_ms[of_route(due, route)] for route in ROUTES}),
        hops_ms=present({hop: due[good][f"{hop}_ms"] for hop in HOPS}),
    )


def of_route(samples: Samples, route: str) -> npt.NDArray[np.bool_]:
    """Return which requests went to *route*."""
    return np.asarray(samples["route"] == ROUTES.index(route))


def count(samples: Samples) -> Requests:
    """Count requests by how they were answered; status 0 is no answer."""
    statuses, counts = np.unique(samples["status"], return_counts=True)
    correct = int(succeeded(samples["status"]).sum())
    return Requests(
        sent=len(samples),
        succeeded=correct,
        failed=len(samples) - correct,
        by_status={str(status): int(number) for status, number in zip(statuses, counts, strict=True)},
    )


def drift(ended_ns: npt.NDArray[Any], start_ns: int, end_ns: int) -> float | None:
    """Return the answers in the window's last third / those in its first; None where the first has none."""
    third = (end_ns - start_ns) // 3
    first = int(within(ended_ns, start_ns, start_ns + third).sum())
    last = int(within(ended_ns, end_ns - third, end_ns).sum())
    return last / first if first else None


def spread(durations: npt.NDArray[Any]) -> Spread | None:
    """Return the percentiles of *durations*, NaN left out; None without any."""
    known = np.asarray(durations, dtype=float)
    known = known[~np.isnan(known)]
    if not len(known):
        return None
    p50, p90, p95, p99 = percentiles(known, [50, 90, 95, 99])
    finite = known[np.isfinite(known)]
    mean = float(finite.mean()) if len(finite) else np.inf
    return Spread(count=len(known), mean=mean, p50=p50, p90=p90, p95=p95, p99=p99, max=float(known.max()))


def present(durations: dict[str, npt.NDArray[Any]]) -> dict[str, Spread]:
    """Return the spread of each entry with durations."""
    spreads = {name: spread(values) for name, values in durations.items()}
    return {name: known for name, known in spreads.items() if known is not None}
