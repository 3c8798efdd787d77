"""Places for waiting requests: handed over in order, waited for briefly, and never lost."""

import subprocess
import sys
import threading
from collections.abc import Callable
from time import monotonic

import pytest

from system.endpoint.messages import Outcome
from system.endpoint.places import PLACE_WAIT_S, Places
from system.endpoint.waiting.thread import ThreadWaiting


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


def test_a_request_beyond_the_places_is_refused_after_a_short_wait() -> None:
    places = Places(2, ThreadWaiting())
    places.give_back()
    assert [places.take() for _ in range(3)] == [True] * 3
    started_s = monotonic()
    assert not places.take()
    assert monotonic() - started_s < 1.0


def test_while_no_place_is_given_back_a_request_is_refused_without_a_wait() -> None:
    now_s = 100.0
    waited: list[bool] = []
    places = Places(1, StepWaiter(lambda: waited.append(True)), lambda: now_s)
    assert places.take()
    now_s += PLACE_WAIT_S * 1.01
    assert not places.take()
    assert waited == []
    places.give_back()
    assert places.take()
    assert not places.take()
    assert waited == [True]


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

gevent.joinall([gevent.spawn(use) for _ in range(20)], timeout=30, raise_error=True)
assert len(got) == 20, len(got)
assert [places.take(), places.take()] == [True, True]
print("all got a place")
"""


def test_greenlets_wait_for_a_place_without_blocking_the_others() -> None:
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", GEVENT], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.stdout == "all got a place\n", ended.stderr
