import threading

import pytest

from system.clients.protocol import SendFailure
from system.endpoint.request_reply import Pending
from system.endpoint.waiting.thread import ThreadWaiting

OUTCOME = SendFailure("gone", stored=False)


@pytest.fixture
def pending() -> Pending:
    return Pending(bound=3)


def test_a_reply_before_the_wait_is_not_lost(pending: Pending) -> None:
    waiter = ThreadWaiting().waiter()
    pending.register("a", waiter)
    assert pending.resolve("a", OUTCOME)
    waiter.wait(30)
    assert waiter.outcome is OUTCOME


def test_a_reply_wakes_the_one_that_waits(pending: Pending) -> None:
    waiter = ThreadWaiting().waiter()
    pending.register("a", waiter)
    threading.Timer(0.05, pending.resolve, ("a", OUTCOME)).start()
    waiter.wait(30)
    assert waiter.outcome is OUTCOME


def test_no_request_is_resolved_twice(pending: Pending) -> None:
    pending.register("a", ThreadWaiting().waiter())
    assert pending.resolve("a", OUTCOME)
    assert not pending.resolve("a", OUTCOME)


def test_a_reply_after_the_request_was_given_up_is_refused(pending: Pending) -> None:
    pending.register("a", ThreadWaiting().waiter())
    assert pending.forget("a")
    assert not pending.resolve("a", OUTCOME)
    assert not pending.forget("a")


def test_timeout_and_reply_at_once_have_one_winner(pending: Pending) -> None:
    waiting = ThreadWaiting()
    for number in range(2000):
        waiter = waiting.waiter()
        pending.register(str(number), waiter)
        resolved: list[bool] = []
        start = threading.Barrier(2)

        def reply(
            name: str = str(number), start: threading.Barrier = start, won: list[bool] = resolved
        ) -> None:
            start.wait(30)
            won.append(pending.resolve(name, OUTCOME))

        replying = threading.Thread(target=reply)
        replying.start()
        start.wait(30)
        forgotten = pending.forget(str(number))
        replying.join(30)
        assert resolved == [not forgotten]
    assert len(pending) == 0


def test_beyond_the_bound_nobody_is_let_in_and_a_place_given_up_is_free(pending: Pending) -> None:
    waiter = ThreadWaiting().waiter()
    assert [pending.register(name, waiter) for name in "abcd"] == [True, True, True, False]
    pending.forget("a")
    assert pending.register("e", waiter)
    assert len(pending) == 3


def test_the_bound_can_be_passed_on_purpose(pending: Pending) -> None:
    waiter = ThreadWaiting().waiter()
    assert all(pending.register(name, waiter, bounded=False) for name in "abcde")


def test_ids_tell_one_process_from_another() -> None:
    ours, theirs = Pending(1), Pending(1)
    ids = {ours.new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(ours.gave_out(name) and not theirs.gave_out(name) for name in ids)
