"""Builds samples for tests, one row at a time."""

import numpy as np
from numpy.typing import NDArray

from loadtests.measurement.recorder import Recorder, SampleRow
from loadtests.measurement.samples import NO_HOPS
from loadtests.measurement.units import NS_PER_MS
from loadtests.scenarios.routes import ROUTE_NUMBERS


def row(
    number: int,
    route: str,
    *,
    user: int = 1,
    answered: int = -1,
    amount: int = 0,
    status: int = 200,
    credit: int = -1,
    sent: float | None = None,
    ended: float | None = None,
    operation: int | None = None,
    due: float | None = None,
) -> SampleRow:
    """Times in ms; without any, request *number* takes the first half of ms 10 * *number*."""
    sent_ns = int((10 * number if sent is None else sent) * NS_PER_MS)
    ended_ns = sent_ns + NS_PER_MS // 2 if ended is None else int(ended * NS_PER_MS)
    return SampleRow(
        number=number,
        operation=number if operation is None else operation,
        intended_ns=sent_ns if due is None else int(due * NS_PER_MS),
        sent_ns=sent_ns,
        ended_ns=ended_ns,
        route=ROUTE_NUMBERS[route],
        status=status,
        user=user,
        answered=answered,
        amount=amount,
        credit=credit,
    )


def samples(*rows: SampleRow) -> NDArray[np.void]:
    recorder = Recorder()
    for each in rows:
        recorder.append(each, NO_HOPS)
    return recorder.rows()
