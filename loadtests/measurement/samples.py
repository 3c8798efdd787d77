"""The raw record of a load: a numpy structured array (`.npy`) with one row per request."""

import math
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from loadtests.measurement.units import NS_PER_MS

ROUTES = (
    "create",
    "find",
    "credit",
    "add",
    "subtract",
    "remove",
    "payment-create",
    "payment-find",
    "payment-add",
    "payment-pay",
)
"""A row's `route` is an index into this."""

HOPS = ("endpoint", "request", "function", "reply", "total")
"""The parts of `Server-Timing`, in the order of their columns (`endpoint_ms` ...)."""

HopTimes = tuple[float, float, float, float, float]
"""Milliseconds in the order of `HOPS`; NaN where the answer had none."""
NO_HOPS: HopTimes = (math.nan, math.nan, math.nan, math.nan, math.nan)

NO_USER = -1
NO_CREDIT = -1

SAMPLE = np.dtype(
    [
        ("number", "i8"),  # of the request in the load; it is the same request in each load of the same seed
        ("operation", "i8"),  # the number of the request that this one repeats under its key, else its own
        ("intended_ns", "i8"),  # when the request was due, CLOCK_MONOTONIC; a closed loop's is its send
        ("sent_ns", "i8"),
        ("ended_ns", "i8"),
        ("route", "u1"),
        ("status", "u2"),  # 0: no HTTP answer came
        ("user", "i8"),  # the numeric id; NO_USER where there is none
        ("answered", "i8"),  # the user named in the answer; NO_USER where it named none
        ("amount", "i8"),  # of add and subtract, else 0
        ("credit", "i8"),  # the credit in the answer; NO_CREDIT where it had none
        ("endpoint_ms", "f4"),  # from Server-Timing; NaN where the answer had none
        ("request_ms", "f4"),
        ("function_ms", "f4"),
        ("reply_ms", "f4"),
        ("total_ms", "f4"),
    ]
)

Status = TypeVar("Status", int, NDArray[Any])
"""One HTTP status, or a column of them; 0 stands for no answer."""


def succeeded(status: Status) -> Status:
    """Return whether the answer is a correct one: any below 500, a refusal (4xx) included."""
    return (status > 0) & (status < 500)


def accepted(status: Status) -> Status:
    """Return whether the service did what was requested (2xx)."""
    return (status >= 200) & (status < 300)


def refused(status: Status) -> Status:
    """Return whether the service refused the request and changed nothing (4xx)."""
    return (status >= 400) & (status < 500)


def within(instants_ns: NDArray[Any], start_ns: int, end_ns: int) -> NDArray[np.bool_]:
    """Return which instants lie in the window from *start_ns* (included) to *end_ns* (excluded)."""
    return np.asarray((instants_ns >= start_ns) & (instants_ns < end_ns))


def due_within(samples: NDArray[np.void], start_ns: int, end_ns: int) -> NDArray[np.void]:
    """Return the requests that were due in the window from *start_ns* to *end_ns*."""
    due: NDArray[np.void] = samples[within(samples["intended_ns"], start_ns, end_ns)]
    return due


def response_ms(samples: NDArray[np.void]) -> NDArray[np.float64]:
    """Return the response times: from the intended start to the end."""
    return np.asarray((samples["ended_ns"] - samples["intended_ns"]) / NS_PER_MS)


def service_ms(samples: NDArray[np.void]) -> NDArray[np.float64]:
    """Return the service times: from the actual send to the end."""
    return np.asarray((samples["ended_ns"] - samples["sent_ns"]) / NS_PER_MS)


def lag_ms(samples: NDArray[np.void]) -> NDArray[np.float64]:
    """Return how late the generator sent: from the intended start to the actual send."""
    return np.asarray((samples["sent_ns"] - samples["intended_ns"]) / NS_PER_MS)
