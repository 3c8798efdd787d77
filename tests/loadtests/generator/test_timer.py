import time
from collections.abc import Iterator
from pathlib import Path

import gevent
import gevent.event
import pytest

from loadtests.generator.timer import Timer
from loadtests.measurement.units import NS_PER_MS

BOUND_S = 10.0


@pytest.fixture(autouse=True)
def hub() -> Iterator[None]:
    """Destroys gevent's hub after the test, and bounds every wait."""
    with gevent.Timeout(BOUND_S):
        yield
    gevent.get_hub().destroy(destroy_loop=True)


def test_no_sleep_ends_before_it_is_due() -> None:
    start_ns = time.monotonic_ns()
    early = []
    with Timer() as timer:
        for due_ns in range(start_ns + NS_PER_MS // 3, start_ns + 50 * NS_PER_MS, NS_PER_MS // 3):
            timer.sleep_until(due_ns)
            early.append(time.monotonic_ns() < due_ns)
    assert not any(early)


def test_others_run_while_one_sleeps() -> None:
    woken = gevent.event.Event()
    seen: list[bool] = []
    gevent.spawn(lambda: seen.append(woken.is_set()))
    with Timer() as timer:
        timer.sleep_until(time.monotonic_ns() + 1_000 * NS_PER_MS)
        woken.set()
    assert seen == [False]


def test_a_due_time_that_is_past_is_no_pause_even_for_others() -> None:
    ran: list[int] = []
    gevent.spawn(ran.append, 1)
    with Timer() as timer:
        timer.sleep_until(time.monotonic_ns() - NS_PER_MS)
        timer.sleep_until(0)
    assert ran == []


def test_each_sleeper_wakes_when_it_is_due_itself() -> None:
    start_ns = time.monotonic_ns()
    early: dict[int, bool] = {}

    def sleep(after_ms: int) -> None:
        with Timer() as timer:
            timer.sleep_until(start_ns + after_ms * NS_PER_MS)
            early[after_ms] = time.monotonic_ns() < start_ns + after_ms * NS_PER_MS

    gevent.joinall([gevent.spawn(sleep, after_ms) for after_ms in (150, 50, 250)], raise_error=True)
    assert early == {150: False, 50: False, 250: False}


def test_a_sleep_that_was_interrupted_does_not_shorten_the_next() -> None:
    start_ns = time.monotonic_ns()
    with Timer() as timer:
        with gevent.Timeout(0.001, exception=False):
            timer.sleep_until(start_ns + 20 * NS_PER_MS)
        while time.monotonic_ns() < start_ns + 20 * NS_PER_MS:  # the first is due now, and nobody has read it
            pass
        due_ns = time.monotonic_ns() + 20 * NS_PER_MS
        timer.sleep_until(due_ns)
        assert time.monotonic_ns() >= due_ns


def test_a_timer_closes_its_descriptor() -> None:
    gevent.get_hub()
    before = open_descriptors()
    with Timer():
        assert len(open_descriptors()) == len(before) + 1
    assert open_descriptors() == before


def test_a_timer_closes_its_descriptor_when_its_block_fails() -> None:
    gevent.get_hub()
    before = open_descriptors()
    with pytest.raises(ZeroDivisionError), Timer():
        raise ZeroDivisionError
    assert open_descriptors() == before


def open_descriptors() -> list[str]:
    return sorted(entry.name for entry in Path("/proc/self/fd").iterdir() if entry.exists())
