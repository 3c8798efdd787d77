"""The durations that an answer's `Server-Timing` header tells."""

import math

from loadtests.samples import HOPS

Hops = tuple[float, float, float, float, float]
NONE: Hops = (math.nan, math.nan, math.nan, math.nan, math.nan)


def parse_hops_ms(header: str | None) -> Hops:
    """Read the hops of *header*, in ms and in the order of `HOPS`; NaN where it does not tell one."""
    if not header:
        return NONE
    told = dict(part.strip().split(";dur=", 1) for part in header.split(",") if ";dur=" in part)
    endpoint, request, function, reply, total = (_number(told.get(name)) for name in HOPS)
    return endpoint, request, function, reply, total


def _number(text: str | None) -> float:
    try:
        return float(text) if text else math.nan
    except ValueError:
        return math.nan
