import subprocess
import sys

import pytest

from system.catalogue import UnknownPart
from system.endpoint.waiting.kinds import WAITING
from system.endpoint.waiting.thread import ThreadWaiting

GEVENT = """
from gevent import monkey
monkey.patch_all()
import time
import gevent
from system.concurrency import original, start_thread
from system.clients.protocol import SendFailure
from system.endpoint.places import Places
from system.endpoint.request_reply import WaitingRequests
from system.endpoint.waiting.gevent import GeventWaiting

waiting = GeventWaiting()
waiting_requests = WaitingRequests(Places(1000, waiting))
pause = original("time", "sleep")
done = []

def request(number):
    waiter = waiting.waiter()
    waiting_requests.add(str(number), waiter)
    waiter.wait(20)
    done.append((number, waiter.outcome.reason))

def reply():
    for number in range(500):
        while not waiting_requests.resolve(str(number), SendFailure(str(number), None)):
            pause(0.001)

early = waiting.waiter()
early.wake()
gevent.sleep(0)
early.wait(20)

late = waiting.waiter()
late.wait(0.01)
late.wake()
late.wait(20)

ended = start_thread(reply, "replies")
gevent.joinall([gevent.spawn(request, number) for number in range(500)], timeout=30, raise_error=True)
assert sorted(done) == [(number, str(number)) for number in range(500)], len(done)
assert len(waiting_requests) == 0
print("all woken")
"""


def test_greenlets_are_woken_by_a_native_thread_each_with_its_own_outcome() -> None:
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", GEVENT], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.stdout == "all woken\n", ended.stderr


def test_a_wait_ends_after_its_timeout() -> None:
    waiter = ThreadWaiting().waiter()
    waiter.wait(0.01)
    assert waiter.outcome is None


def test_the_ways_of_waiting_are_those_of_the_servers() -> None:
    assert list(WAITING) == ["thread", "gevent", "meinheld"]
    with pytest.raises(UnknownPart, match="thread, gevent, meinheld"):
        WAITING.load("eventlet")
