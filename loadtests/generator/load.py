"""One load in one process: set-up, warm-up, end, final reads and the files."""

import time
from dataclasses import asdict, replace
from itertools import count
from math import ceil
from pathlib import Path

import gevent
import numpy as np
from gevent.event import Event
from gevent.pool import Group, Pool
from locust.contrib.fasthttp import FastHttpSession
from numpy.typing import NDArray

from loadtests.generator.requests import RequestSequence
from loadtests.generator.schedule import STEPS, Timeline, is_steady, timeline_from
from loadtests.generator.sender import Sender
from loadtests.generator.settings import LoadSettings
from loadtests.generator.users import Population
from loadtests.ledger.credits import Credits, judge_credits
from loadtests.ledger.judge import Ledger
from loadtests.measurement.recorder import Recorder
from loadtests.measurement.samples import NO_USER, accepted
from loadtests.measurement.units import NS_PER_S
from loadtests.measurement.window import lag_ms_p99
from loadtests.output import LoadOutput, LoadRecord, invalid_reasons, worker_folder, write
from loadtests.scenarios.catalogue import load_scenario
from loadtests.scenarios.draw import Draw
from loadtests.scenarios.routes import CREATE_NUMBERS

CPU_POLL_S = 0.1
READ_AT_MOST = 5_000
"""Created users that are read at the end; the scenario `create` makes more than bounded time allows."""
AFTER_TIMEOUT_S = 5.0
IN_FLIGHT_AT_MOST = 2_000


class LoadRun:
    """The state of one load in this process, which is number *index* of the *processes* that share it."""

    def __init__(self, settings: LoadSettings, host: str, index: int = 0, processes: int = 1) -> None:
        self.settings = settings
        self.index = index
        self.processes = processes
        self.recorder = Recorder()
        self.scenario = load_scenario(settings.scenario)
        self.population = Population(host, self.scenario.contract)
        self.opening: dict[int, int] = {}
        self.timeline = Timeline(0, 0, 0)
        self.planned: int | None = None
        self.loops = Group()
        """The greenlets of the Locust users that send."""
        self.requests = Pool(IN_FLIGHT_AT_MOST)
        """The greenlets of an open loop's requests."""
        self.steady: bool | None = None
        self._cut = Event()
        self._cpu_s = (0.0, 0.0)

    def set_up(self) -> None:
        """Create the users, then start the timeline; raise `LoadImpossible` where the service fails."""
        self.opening = self.population.create(self.settings.population)
        self.timeline = timeline_from(time.monotonic_ns(), self.settings.warm_up_s, self.settings.window_s)
        gevent.spawn(self._follow)

    def global_index(self, local_index: int) -> int:
        """Return the index, among those of all processes, of this process's sequence *local_index*."""
        return local_index * self.processes + self.index

    def sequence(self, local_index: int) -> RequestSequence:
        """Return this process's sequence *local_index*; no two sequences of a load share a number."""
        of_each = 1 if self.settings.load == "open" else ceil(self.settings.users / self.processes)
        index = self.global_index(local_index)
        draw = Draw(self.settings.seed, index, self.settings.population, self.settings.skew)
        return RequestSequence(self.scenario(draw), index, of_each * self.processes, self.population.ids)

    def sender(self, session: FastHttpSession) -> Sender:
        """Return the sender of a Locust user's requests."""
        prefix = self.population.ids[0] if self.population.ids else "nobody"
        return Sender(session, self.recorder, self.population, key_prefix=f"load-{prefix}")

    @property
    def was_cut(self) -> bool:
        """The load was ended before its time."""
        return bool(self._cut.is_set())

    @property
    def ended(self) -> bool:
        """No further request may be sent."""
        return self.was_cut or time.monotonic_ns() >= self.timeline.window_end_ns

    def cut(self) -> None:
        """End the load, and its window, before their time."""
        now_ns = time.monotonic_ns()
        if not self.opening:
            self.timeline = Timeline(now_ns, now_ns, now_ns)
            self._cut.set()
        elif not self.ended:
            end_ns = max(now_ns, self.timeline.window_start_ns)
            self.timeline = replace(self.timeline, window_end_ns=end_ns)
            self._cut.set()

    def finish(self) -> tuple[LoadRecord, Ledger]:
        """Wait for the end and for requests in flight; read the users, judge the ledger, write the files."""
        while not self.ended:  # an extended warm-up moves the end
            self._cut.wait(max(0.0, (self.timeline.window_end_ns - time.monotonic_ns()) / NS_PER_S))
        self.loops.join(timeout=self.settings.timeout_s + AFTER_TIMEOUT_S)
        samples = self.recorder.rows()
        load = self._record(samples, unfinished=len(self.requests) or len(self.loops))
        users = self._users_to_read(samples)
        closing = self.population.read(users)
        unknown = load.unfinished + (not self.opening)
        crossed = [finding.sentence for finding in closing.crossed]
        own = Credits(len(samples), self.opening, closing.credits, len(users) + unknown, crossed)
        ledger = judge_credits(samples, [own])
        if self.out:
            write(self.out, LoadOutput(samples, load, ledger, [own]))
        return load, ledger

    @property
    def out(self) -> Path | None:
        """The folder of this process's files: one per worker where there are several."""
        if not self.settings.out:
            return None
        return worker_folder(Path(self.settings.out), self.index if self.processes > 1 else None)

    def _record(self, samples: NDArray[np.void], unfinished: int) -> LoadRecord:
        settings, timeline = self.settings, self.timeline
        load = LoadRecord(
            scenario=settings.scenario,
            load=settings.load,
            seed=settings.seed,
            users=settings.users,
            rate=settings.rate_per_s if settings.load == "open" else None,
            **asdict(timeline),
            planned=self.planned,
            recorded=len(samples),
            unfinished=unfinished,
            cut=self.was_cut,
            cpu_s=self._cpu_s[1] - self._cpu_s[0],
            lag_ms_p99=lag_ms_p99(samples, timeline.window_start_ns, timeline.window_end_ns),
            steady=self.steady,
        )
        return replace(load, invalid=invalid_reasons(load, settings.lag_limit_ms))

    def _users_to_read(self, samples: NDArray[np.void]) -> list[int]:
        """Return the population and the first of the users that the load created."""
        creates = np.isin(samples["route"], CREATE_NUMBERS) & accepted(samples["status"])
        created = samples["user"][creates & (samples["user"] != NO_USER)]
        return list(dict.fromkeys([*self.opening, *created[:READ_AT_MOST].tolist()]))

    def _follow(self) -> None:
        """Extend the warm-up where that is asked for, and measure the CPU time of the window."""
        if self.settings.warm_up_at_most_s and self.processes == 1:
            self._extend_warm_up()
        self._measure_cpu()

    def _extend_warm_up(self) -> None:
        """Move the window by a step while throughput is not steady and the bound allows it.

        Processes that share a load would each end at another time, so their warm-up is fixed.
        """
        step_ns = int(self.settings.warm_up_s * NS_PER_S / STEPS)
        bound_ns = self.timeline.t0_ns + int(self.settings.warm_up_at_most_s * NS_PER_S)
        answered = [len(self.recorder)]
        for end_ns in count(self.timeline.t0_ns + step_ns, step_ns):
            _sleep_until(end_ns)
            answered.append(len(self.recorder))
            if len(answered) <= STEPS:
                continue
            self.steady = is_steady(answered)
            if self.steady or self.was_cut or end_ns + step_ns > bound_ns:
                return
            self.timeline = self.timeline.later(step_ns)

    def _measure_cpu(self) -> None:
        """Read the CPU time at the start of the window, and repeatedly until its end."""
        _sleep_until(self.timeline.window_start_ns)
        before_s = time.process_time()
        while not self.ended:
            self._cpu_s = (before_s, time.process_time())
            gevent.sleep(CPU_POLL_S)
        self._cpu_s = (before_s, time.process_time())


def _sleep_until(due_ns: int) -> None:
    gevent.sleep(max(0.0, (due_ns - time.monotonic_ns()) / NS_PER_S))
