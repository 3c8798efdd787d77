"""Reads, while a web page is open, what a request costs in the components of the system behind it."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import gevent

from loadtests.locust_integration.cpu import CpuUse, NotRunning, Readings, children, component_pids, seen
from loadtests.locust_integration.live_stats import Row, cost_rows

if TYPE_CHECKING:  # importing Locust patches the whole process for gevent, a test's as well
    from locust.env import Environment

TICK_S = 2
LATE_S = 0.25
"""A reading that is taken later than so long after its second is none of that second."""
NO_FOLDER = "give its data folder by --system, if it runs on this machine"
NOT_YET = "it is read for the first time in a moment"

Answered = Callable[[], Mapping[int, int]]
"""Gives the answers of the load so far, by the second of the epoch in which they came."""


def metered(environment: "Environment", settles_s: int = 0) -> Callable[[], list[Row]]:
    """Start a meter of the loads of *environment*, and give what gives its rows."""
    options, runner = environment.parsed_options, environment.runner
    assert runner is not None
    meter = Meter(getattr(options, "system", ""), lambda: runner.stats.total.num_reqs_per_sec, settles_s)
    gevent.spawn(meter.follow)
    return meter.rows


class Meter:
    """Reads the system on *data_dir* (empty: it is elsewhere) and this process with its workers.

    Answers are complete *settles_s* seconds after they came.
    """

    def __init__(self, data_dir: str, answered: Answered, settles_s: int) -> None:
        self._data_dir = data_dir
        self._answered = answered
        self._settles_s = settles_s
        self._readings = Readings()
        self._unknown = NOT_YET if data_dir else NO_FOLDER

    def rows(self) -> list[Row]:
        """Give the rows of the page's table."""
        costs = self._readings.costs(self._answered(), int(time.time()) - self._settles_s)
        notes = [f"CPU of the service is not known: {self._unknown}."] if self._unknown else []
        return cost_rows(*costs, notes)

    def follow(self) -> None:
        """Take a reading every other second, for ever."""
        while True:
            gevent.sleep(TICK_S - time.time() % TICK_S)
            try:
                self._read()
            except Exception as error:  # noqa: BLE001  # the page must not go on showing old figures without a word
                self._unknown = f"reading it failed: {error!r}"

    def _read(self) -> None:
        now = time.time()
        if now % 1 < LATE_S:
            self._readings.add(int(now), dict(self._sights()))

    def _sights(self) -> Iterator[tuple[str, CpuUse]]:
        """See one component after the other; between them the load goes on."""
        by_parent = children()
        for name, pid in [*self._pids().items(), ("generator", os.getpid())]:
            gevent.sleep(0)
            if sight := seen(pid, by_parent):
                yield name, sight

    def _pids(self) -> dict[str, int]:
        if not self._data_dir:
            return {}
        try:
            pids = component_pids(Path(self._data_dir))
        except NotRunning as reason:
            self._unknown = str(reason)
            return {}
        self._unknown = ""
        return pids
