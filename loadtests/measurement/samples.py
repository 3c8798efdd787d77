"""The raw record of a load: one row a request, kept as a numpy structured array (`.npy`)."""

import numpy as np

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

SAMPLE = np.dtype(
    [
        (
            "number",
            "i8",
        ),  # the request's number in the load; the same seed gives the same request this number
        ("operation", "i8"),  # the number of the request that this one repeats under its key, else its own
        ("intended_ns", "i8"),  # when the request was due, CLOCK_MONOTONIC; a closed loop's is its send
        ("sent_ns", "i8"),
        ("ended_ns", "i8"),
        ("route", "u1"),
        ("status", "u2"),  # 0: no HTTP answer came
        ("user", "i8"),  # the numeric id, -1 where there is none
        ("answered", "i8"),  # the user that the answer named, -1 where it named none
        ("amount", "i8"),  # of add and subtract, else 0
        ("credit", "i8"),  # the credit that the answer showed, -1 where it showed none
        ("endpoint_ms", "f4"),  # from Server-Timing; NaN where the answer had none
        ("request_ms", "f4"),
        ("function_ms", "f4"),
        ("reply_ms", "f4"),
        ("total_ms", "f4"),
    ]
)
