"""Places for waiting requests: handed over in order, waited for while replies flow, and never lost."""

import subprocess
import sys
import threading
from collections.abc import Callable
from time import monotonic

import pytest

from system.endpoint.messages import Outcome
from system.endpoint.places import MIN_QUEUE, PATIENCE_S, Flow, Places
from system.endpoint.waiting.thread import ThreadWaiting
from tests.live_system import eventually


class StepWaiter:
    """A waiter whose wait calls *step*: a race as the places see it."""

    def __init__(self, step: Callable[[], None]) -> None:
        self.outcome: Outcome | None = None
        self._step = step

    def waiter(self) -> "StepWaiter":
        return self

    def wait(self, timeout_s: float) -> None:
        self._step()

    def wake(self) -> None: ...

    def close(self) -> None: ...


class Clock:
    """A clock that a test moves, and that a wait moves: a kind of waiting, too."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.waited_s: list[float] = []

    def __call__(self) -> float:
        return self.now_s

    def waiter(self) -> "PassingWaiter":
        return PassingWaiter(self)


class PassingWaiter(StepWaiter):
    """A waiter during whose wait the time passes, and nothing else happens."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(lambda: None)
        self._clock = clock

    def wait(self, timeout_s: float) -> None:
        self._clock.waited_s.append(timeout_s)
        self._clock.now_s += timeout_s


def test_a_burst_after_a_rest_waits_for_the_first_replies() -> None:
    clock = Clock()
    places = Places(1, clock, clock)
    clock.now_s += 1000
    assert places.take()
    clock.now_s += PATIENCE_S * 0.75
    assert not places.take()
    assert clock.waited_s == [pytest.approx(PATIENCE_S * 0.25)]


def test_when_no_place_was_given_back_for_a_while_a_request_is_refused_without_a_wait() -> None:
    clock = Clock()
    places = Places(1, clock, clock)
    assert places.take()
    clock.now_s += PATIENCE_S
    assert not places.take()
    assert clock.waited_s == []


def test_more_requests_than_places_were_given_back_in_a_second_do_not_wait() -> None:
    now_s = 100.0
    places = Places(1, ThreadWaiting(), lambda: now_s)
    for _ in range(MIN_QUEUE + 4):
        assert places.take()
        places.give_back()
    assert places.take()
    got: list[bool] = []
    waiting = [threading.Thread(target=lambda: got.append(places.take())) for _ in range(MIN_QUEUE + 4)]
    for thread in waiting:
        thread.start()
    eventually(lambda: len(places._turns) == MIN_QUEUE + 4, within_s=10)
    started_s = monotonic()
    assert not places.take()
    assert monotonic() - started_s < PATIENCE_S / 2
    for _ in waiting:
        places.give_back()
    for thread in waiting:
        thread.join(30)
    assert got == [True] * (MIN_QUEUE + 4)


def test_the_flow_of_a_second_is_forgotten_a_second_later() -> None:
    flow = Flow()
    for _ in range(5):
        flow.count(100.5)
    assert [flow.last_second(now_s) for now_s in (100.9, 101.9, 102.0, 200.0)] == [5, 5, 0, 0]


def test_a_place_given_back_goes_to_the_request_that_waits() -> None:
    def given() -> None:
        places.give_back()

    places = Places(1, StepWaiter(given))
    assert places.take()
    assert places.take()


def test_a_place_given_at_the_last_moment_is_not_lost_when_the_handler_is_killed() -> None:
    def given_and_killed() -> None:
        places.give_back()
        raise SystemExit

    places = Places(1, StepWaiter(given_and_killed))
    assert places.take()
    with pytest.raises(SystemExit):
        places.take()
    assert places.take()


def test_a_killed_handler_that_had_no_place_leaves_the_queue() -> None:
    def killed() -> None:
        raise SystemExit

    places = Places(1, StepWaiter(killed))
    assert places.take()
    with pytest.raises(SystemExit):
        places.take()
    places.give_back()
    assert places.take()


def test_threads_that_take_and_give_back_at_once_never_exceed_the_places() -> None:
    places, lock = Places(3, ThreadWaiting()), threading.Lock()
    held, most, taken = 0, 0, 0

    def use() -> None:
        nonlocal held, most, taken
        for _ in range(500):
            if not places.take():
                continue
            with lock:
                held, taken = held + 1, taken + 1
                most = max(most, held)
            with lock:
                held -= 1
            places.give_back()

    threads = [threading.Thread(target=use) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (most <= 3, held) == (True, 0)
    assert taken > 3 * 500
    assert [places.take() for _ in range(3)] == [True] * 3


GEVENT = """
from gevent import monkey
monkey.patch_all()
import gevent
from system.endpoint.places import Places
from system.endpoint.waiting.gevent import GeventWaiting

places, got = Places(2, GeventWaiting()), []

def use():
    if places.take():
        gevent.sleep(0.002)
        places.give_back()
        got.append(True)

gevent.joinall([gevent.spawn(use) for _ in range(18)], timeout=30, raise_error=True)
assert len(got) == 18, len(got)
assert [places.take(), places.take()] == [True, True]
print("all got a place")
"""


def test_greenlets_wait_for_a_place_without_blocking_the_others() -> None:
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", GEVENT], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.stdout == "all got a place\n", ended.stderr
