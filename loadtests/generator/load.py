"""One load in one process: set-up, the loop, the drain, the final reads and the files."""

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
from loadtests.generator.routes import CREATE_NUMBERS
from loadtests.generator.schedule import NS_PER_S, STEPS, Marks, is_steady, level, marks_from
from loadtests.generator.sender import Sender
from loadtests.generator.settings import LoadSettings
from loadtests.generator.users import Population
from loadtests.ledger.judge import Ledger, judge
from loadtests.ledger.operations import NOBODY
from loadtests.measurement.output import LoadRecord, complaints, lag_ms_p99, worker_folder, write
from loadtests.measurement.recorder import Recorder
from loadtests.scenarios.catalogue import load_scenario
from loadtests.scenarios.draw import Draw

CPU_POLL_S = 0.1
READ_AT_MOST = 5_000
"""Users that are read at the end; a create scenario makes more than can be read in bounded time."""
AFTER_TIMEOUT_S = 5.0
IN_FLIGHT_AT_MOST = 2_000


class LoadRun:
    """The state of one load in this process, the *index*th of *processes* that share it."""

    def __init__(self, settings: LoadSettings, host: str, index: int = 0, processes: int = 1) -> None:
        self.settings = settings
        self.index = index
        self.processes = processes
        self.recorder = Recorder()
        self.scenario = load_scenario(settings.scenario)
        self.population = Population(host, self.scenario.contract)
        self.opening: dict[int, int] = {}
        self.marks = Marks(0, 0, 0)
        self.planned: int | None = None
        self.loops = Group()
        """The Locust users that send."""
        self.requests = Pool(IN_FLIGHT_AT_MOST)
        """An open loop's requests."""
        self.steady: bool | None = None
        self._cut = Event()
        self._cpu_s = (0.0, 0.0)

    def set_up(self) -> None:
        """Make the users, then lay the load out from now on; raise `LoadImpossible` where they fail."""
        self.opening = self.population.make(self.settings.population)
        self.marks = marks_from(time.monotonic_ns(), self.settings.warm_up, self.settings.window)
        gevent.spawn(self._follow)

    def schedule_ns(self) -> list[int]:
        """List when this process's share of an open loop's requests are due."""
        mine = self.settings.schedule_s()[self.index :: self.processes]
        return [self.marks.t0_ns + int(due * NS_PER_S) for due in mine]

    def stream(self, local_index: int) -> RequestSequence:
        """Open this process's sequence *local_index*; no two sequences of a load share a number."""
        users = 1 if self.settings.load == "open" else ceil(self.settings.users / self.processes)
        number = local_index * self.processes + self.index
        draw = Draw(self.settings.seed, number, self.settings.population, self.settings.skew)
        return RequestSequence(self.scenario(draw), number, users * self.processes, self.population.ids)

    def caller(self, session: FastHttpSession) -> Sender:
        """Give the sender of a Locust user's requests."""
        prefix = self.population.ids[0] if self.population.ids else "nobody"
        return Sender(session, self.recorder, self.population, key_prefix=f"load-{prefix}")

    def level(self) -> float:
        """Give the fraction of the full load that its shape asks for now."""
        elapsed_s = (time.monotonic_ns() - self.marks.t0_ns) / NS_PER_S
        return level(self.settings.shape, elapsed_s, self.warm_up_s, self.settings.window)

    @property
    def warm_up_s(self) -> float:
        """How long the warm-up is, as far as is known now."""
        return (self.marks.window_start_ns - self.marks.t0_ns) / NS_PER_S

    @property
    def cut_short(self) -> bool:
        """The load was ended before its time."""
        return bool(self._cut.is_set())

    @property
    def ended(self) -> bool:
        """No further request may begin."""
        return self.cut_short or time.monotonic_ns() >= self.marks.window_end_ns

    def cut(self) -> None:
        """End the load, and its window, before their time."""
        now_ns = time.monotonic_ns()
        if not self.opening:
            self.marks = Marks(now_ns, now_ns, now_ns)
            self._cut.set()
        elif not self.ended:
            end_ns = max(now_ns, self.marks.window_start_ns)
            self.marks = replace(self.marks, window_end_ns=end_ns)
            self._cut.set()

    def conclude(self) -> tuple[LoadRecord, Ledger]:
        """Wait for the end and for what is in flight; read the users, judge the ledger, write the files."""
        while not self.ended:  # a warm-up that is extended puts the end off
            self._cut.wait(max(0.0, (self.marks.window_end_ns - time.monotonic_ns()) / NS_PER_S))
        self.loops.join(timeout=self.settings.timeout + AFTER_TIMEOUT_S)
        samples = self.recorder.rows()
        load = self._describe(samples, unfinished=len(self.requests) or len(self.loops))
        wanted = self._users_to_read(samples)
        closing = self.population.read(wanted)
        unknown = load.unfinished + (not self.opening)
        ledger = judge(samples, self.opening, closing.credits, len(wanted) + unknown, closing.crossed)
        if self.out:
            write(self.out, samples, load, ledger)
        return load, ledger

    @property
    def out(self) -> Path | None:
        """The folder of this process's files: one for each worker where there are several."""
        if not self.settings.out:
            return None
        return worker_folder(Path(self.settings.out), self.index if self.processes > 1 else None)

    def _describe(self, samples: NDArray[np.void], unfinished: int) -> LoadRecord:
        s, marks = self.settings, self.marks
        load = LoadRecord(
            scenario=s.scenario,
            load=s.load,
            seed=s.seed,
            users=s.users,
            rate=s.rate if s.load == "open" else None,
            **asdict(marks),
            planned=self.planned,
            recorded=len(samples),
            unfinished=unfinished,
            cut=self.cut_short,
            cpu_s=self._cpu_s[1] - self._cpu_s[0],
            lag_ms_p99=lag_ms_p99(samples, marks.window_start_ns, marks.window_end_ns),
            steady=self.steady,
        )
        return replace(load, invalid=complaints(load, s.lag_limit))

    def _users_to_read(self, samples: NDArray[np.void]) -> list[int]:
        """Choose the population and the first of those that the load created."""
        made = np.isin(samples["route"], CREATE_NUMBERS) & (samples["status"] // 100 == 2)
        created = samples["user"][made & (samples["user"] != NOBODY)]
        return list(dict.fromkeys([*self.opening, *created[:READ_AT_MOST].tolist()]))

    def _follow(self) -> None:
        """See the warm-up through, and watch the CPU of the window."""
        if self.settings.warm_up_at_most and self.processes == 1:
            self._warm_up()
        self._watch_cpu()

    def _warm_up(self) -> None:
        """Put the window off by a step as long as throughput is not steady and the bound allows it.

        Processes that share a load would each come to another end, so theirs stays fixed.
        """
        step_ns = int(self.settings.warm_up * NS_PER_S / STEPS)
        bound_ns = self.marks.t0_ns + int(self.settings.warm_up_at_most * NS_PER_S)
        answered = [len(self.recorder)]
        for end_ns in count(self.marks.t0_ns + step_ns, step_ns):
            _sleep_until(end_ns)
            answered.append(len(self.recorder))
            if len(answered) <= STEPS:
                continue
            self.steady = is_steady(answered)
            if self.steady or self.cut_short or end_ns + step_ns > bound_ns:
                return
            self.marks = self.marks.later(step_ns)

    def _watch_cpu(self) -> None:
        """Note the CPU used at the start of the window, and again and again until its end."""
        _sleep_until(self.marks.window_start_ns)
        before = time.process_time()
        while not self.ended:
            self._cpu_s = (before, time.process_time())
            gevent.sleep(CPU_POLL_S)
        self._cpu_s = (before, time.process_time())


def _sleep_until(due_ns: int) -> None:
    gevent.sleep(max(0.0, (due_ns - time.monotonic_ns()) / NS_PER_S))
