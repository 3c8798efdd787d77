"""The two loops: users who each wait for their answer (closed), and requests sent when due (open)."""

import time

import gevent
from locust.contrib.fasthttp import FastHttpSession

from loadtests.generator.load import LoadRun
from loadtests.generator.schedule import level
from loadtests.generator.timer import Timer
from loadtests.measurement.units import NS_PER_S

IDLE_S = 0.05


def closed_loop(run: LoadRun, session: FastHttpSession, local_index: int) -> None:
    """Send the requests of one user, one after the other, until the load ends.

    The user is user *local_index* of this process. While the shape is below full load, the last users idle.
    """
    sequence, sender = run.sequence(local_index), run.sender(session)
    user = run.global_index(local_index)
    with Timer() as timer:
        timer.sleep_until(run.timeline.t0_ns)
    while not run.ended:
        if user < _level(run) * run.settings.users:
            sender.send(sequence, next(sequence))
        else:
            gevent.sleep(IDLE_S)


def _level(run: LoadRun) -> float:
    """Return the fraction of the full load that the shape has now."""
    timeline = run.timeline
    elapsed_s = (time.monotonic_ns() - timeline.t0_ns) / NS_PER_S
    warm_up_s = (timeline.window_start_ns - timeline.t0_ns) / NS_PER_S
    return level(run.settings.shape, elapsed_s, warm_up_s, run.settings.window_s)


def open_loop(run: LoadRun, session: FastHttpSession) -> None:
    """Send each request when it is due, whether or not earlier ones have been answered.

    A full pool delays the send, never the intended start: the wait counts as lag and in the response time.
    """
    sequence, sender = run.sequence(0), run.sender(session)
    due_s = run.settings.schedule_s()[run.index :: run.processes]
    run.planned = len(due_s)
    with Timer() as timer:
        for due_ns in [run.timeline.t0_ns + int(due * NS_PER_S) for due in due_s]:
            timer.sleep_until(due_ns)
            if run.was_cut:
                break
            run.requests.spawn(sender.send, sequence, next(sequence), due_ns)
    run.requests.join()
