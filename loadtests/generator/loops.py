"""The two ways to load: N users who each wait for their answer (closed), and requests that are due (open)."""

import gevent
from locust.contrib.fasthttp import FastHttpSession

from loadtests.generator.load import LoadRun
from loadtests.generator.timer import Timer

IDLE_S = 0.05


def closed_loop(run: LoadRun, session: FastHttpSession, local_index: int) -> None:
    """Send the requests of one user one after the other until the load ends."""
    stream, caller = run.stream(local_index), run.caller(session)
    with Timer() as timer:
        timer.sleep_until(run.marks.t0_ns)
    while not run.ended:
        if local_index * run.processes + run.index < run.level() * run.settings.users:
            caller.send(stream, next(stream))
        else:
            gevent.sleep(IDLE_S)


def open_loop(run: LoadRun, session: FastHttpSession) -> None:
    """Send each request when it is due, whatever became of those before it.

    A full pool delays the send, never the intended start: the wait shows as lag and in the response time.
    """
    stream, caller = run.stream(0), run.caller(session)
    due_ns = run.schedule_ns()
    run.planned = len(due_ns)
    with Timer() as timer:
        for due in due_ns:
            timer.sleep_until(due)
            if run.cut_short:
                break
            run.requests.spawn(caller.send, stream, next(stream), due)
    run.requests.join()
