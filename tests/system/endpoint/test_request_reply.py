import resource
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from system.clients.protocol import SendFailure
from system.endpoint import messages
from system.endpoint.messages import NoReply, Outcome, Reply
from system.endpoint.request_reply import RequestResult, WaitingRequests
from system.endpoint.waiting.thread import ThreadWaiting
from system.wire.users_pb2 import UserResponse
from tests.system.endpoint.doubles import (
    Endpoint,
    endpoint,
    lost,
    never,
    places,
    replies,
    requester_for,
    unreachable,
)


def request(running: Endpoint, message: messages.Request) -> RequestResult:
    return running.requester.request("users", "7", message)


def test_a_record_carries_its_request_id_and_reply_key(tmp_path: Path) -> None:
    with endpoint(replies(200, "{}"), tmp_path) as running:
        request(running, messages.find())
    sent = running.client.sent[0]
    assert (sent.topic, sent.key) == ("users", b"7")
    assert sent.request.reply_key == "reply-key"
    assert running.waiting_requests.is_own_id(sent.request.request_id)


def test_a_reply_comes_with_the_body_as_it_was_written(tmp_path: Path) -> None:
    with endpoint(replies(200, '{ "odd" :1}'), tmp_path) as running:
        outcome = request(running, messages.find()).outcome
    assert isinstance(outcome, Reply)
    assert (outcome.status, outcome.body) == (200, b'{ "odd" :1}')


@pytest.mark.parametrize(
    ("answering", "error"),
    [(unreachable, "unavailable"), (lost(stored=False), "unavailable"), (lost(stored=None), "timeout")],
)
def test_a_record_that_kafka_does_not_take_fails_at_once(
    answering: object, error: str, tmp_path: Path
) -> None:
    with endpoint(answering, tmp_path, deadline_s=100) as running:  # type: ignore[arg-type]
        outcome = request(running, messages.find()).outcome
        assert isinstance(outcome, NoReply)
        assert outcome.error == error
        assert len(running.waiting_requests) == 0
    assert running.metric("endpoint_kafka_errors_total") == 1


@pytest.mark.parametrize(
    ("message", "advice"),
    [
        (messages.find(), "It changes nothing"),
        (messages.add(1, b"12345678"), "the same Idempotency-Key"),
        (messages.add(1, b""), "Read the user before"),
    ],
)
def test_a_timeout_names_the_request_and_how_to_go_on(
    message: messages.Request, advice: str, tmp_path: Path
) -> None:
    with endpoint(never, tmp_path, deadline_s=0.01) as running:
        outcome = request(running, message).outcome
    assert isinstance(outcome, NoReply)
    assert outcome.error == "timeout"
    assert advice in outcome.detail
    assert running.client.sent[0].request.request_id in outcome.detail


def test_a_reply_that_comes_too_late_is_counted(tmp_path: Path) -> None:
    with endpoint(never, tmp_path, deadline_s=0.01) as running:
        request(running, messages.find())
        late = UserResponse(request_id=running.client.sent[0].request.request_id, status=200)
        running.client.values.put(late.SerializeToString())
        running.client.answering = replies(200, "{}")
        running.requester.request("users", "7", messages.find(), 30)
    assert running.metric("endpoint_late_replies_total") == 1
    assert running.metric("endpoint_unknown_replies_total") == 0


def test_beyond_the_bound_a_request_is_refused_at_once_and_nothing_is_sent(tmp_path: Path) -> None:
    with endpoint(never, tmp_path, deadline_s=100, max_waiting=2) as running:
        sent = [running.requester.send("users", "7", messages.find()) for _ in range(3)]
        refused = [one for one in sent if isinstance(one, NoReply)]
        assert [refusal.error for refusal in refused] == ["overloaded"]
        assert len(running.client.sent) == 2


def test_a_hundred_thousand_timed_out_requests_leave_nothing_behind(tmp_path: Path) -> None:
    with endpoint(never, tmp_path, deadline_s=1e-6) as running:

        def time_out(requests: int) -> None:
            for _ in range(requests):
                request(running, messages.find())
                running.client.sent.clear()

        time_out(5_000)
        before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(time_out, [25_000] * 4))
        after_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        assert len(running.waiting_requests) == 0
    assert after_kib - before_kib < 20_000


class ScriptedWaiter:
    """A waiter whose waits call *steps* in turn: a race as the requester sees it."""

    def __init__(self, *steps: Callable[["ScriptedWaiter"], None]) -> None:
        self.outcome: Outcome | None = None
        self.closed = False
        self._steps = list(steps)

    def waiter(self) -> "ScriptedWaiter":
        return self

    def wait(self, timeout_s: float) -> None:
        self._steps.pop(0)(self)

    def wake(self) -> None: ...

    def close(self) -> None:
        self.closed = True


def test_a_reply_taken_out_just_before_the_timeout_is_waited_for(tmp_path: Path) -> None:
    reply = Reply("x", 200, b"{}", 0, 0, 0)
    with endpoint(never, tmp_path) as running:

        def taken_but_not_set(waiter: ScriptedWaiter) -> None:
            assert running.waiting_requests.remove(running.client.sent[0].request.request_id)

        def set_now(waiter: ScriptedWaiter) -> None:
            waiter.outcome = reply

        waiting = ScriptedWaiter(taken_but_not_set, set_now)
        requester = requester_for(running.client, waiting, running.waiting_requests, tmp_path)
        assert requester.request("users", "7", messages.find()).outcome is reply


def test_a_handler_that_is_killed_while_it_waits_leaves_nothing_behind(tmp_path: Path) -> None:
    def killed(waiter: ScriptedWaiter) -> None:
        raise SystemExit

    waiting = ScriptedWaiter(killed)
    with endpoint(never, tmp_path) as running:
        requester = requester_for(running.client, waiting, running.waiting_requests, tmp_path)
        with pytest.raises(SystemExit):
            requester.request("users", "7", messages.find())
        assert len(running.waiting_requests) == 0
    assert waiting.closed


def test_an_unexpected_exception_of_the_client_leaves_nothing_behind(tmp_path: Path) -> None:
    def broken(record: object) -> None:
        raise RuntimeError("a defect")

    with endpoint(broken, tmp_path) as running:
        with pytest.raises(RuntimeError):
            request(running, messages.find())
        assert len(running.waiting_requests) == 0


OUTCOME = SendFailure("gone", stored=False)


@pytest.fixture
def waiting_requests() -> WaitingRequests:
    return WaitingRequests(places(3))


def test_a_reply_before_the_wait_is_not_lost(waiting_requests: WaitingRequests) -> None:
    waiter = ThreadWaiting().waiter()
    waiting_requests.add("a", waiter)
    assert waiting_requests.resolve("a", OUTCOME)
    waiter.wait(30)
    assert waiter.outcome is OUTCOME


def test_a_reply_wakes_its_request(waiting_requests: WaitingRequests) -> None:
    waiter = ThreadWaiting().waiter()
    waiting_requests.add("a", waiter)
    threading.Timer(0.05, waiting_requests.resolve, ("a", OUTCOME)).start()
    waiter.wait(30)
    assert waiter.outcome is OUTCOME


def test_no_request_is_resolved_twice(waiting_requests: WaitingRequests) -> None:
    waiting_requests.add("a", ThreadWaiting().waiter())
    assert waiting_requests.resolve("a", OUTCOME)
    assert not waiting_requests.resolve("a", OUTCOME)


def test_a_reply_after_its_request_was_removed_is_refused(waiting_requests: WaitingRequests) -> None:
    waiting_requests.add("a", ThreadWaiting().waiter())
    assert waiting_requests.remove("a")
    assert not waiting_requests.resolve("a", OUTCOME)
    assert not waiting_requests.remove("a")


def test_timeout_and_reply_at_once_have_one_winner(waiting_requests: WaitingRequests) -> None:
    waiting = ThreadWaiting()
    for number in range(2000):
        waiter = waiting.waiter()
        waiting_requests.add(str(number), waiter)
        resolved: list[bool] = []
        start = threading.Barrier(2)

        def reply(
            name: str = str(number), start: threading.Barrier = start, won: list[bool] = resolved
        ) -> None:
            start.wait(30)
            won.append(waiting_requests.resolve(name, OUTCOME))

        replying = threading.Thread(target=reply)
        replying.start()
        start.wait(30)
        removed = waiting_requests.remove(str(number))
        replying.join(30)
        assert resolved == [not removed]
    assert len(waiting_requests) == 0


def test_beyond_the_bound_no_request_is_added_until_another_is_removed(
    waiting_requests: WaitingRequests,
) -> None:
    waiter = ThreadWaiting().waiter()
    assert [waiting_requests.add(name, waiter) for name in "abcd"] == [True, True, True, False]
    waiting_requests.remove("a")
    assert waiting_requests.add("e", waiter)
    assert len(waiting_requests) == 3


def test_an_unbounded_request_is_added_beyond_the_bound(waiting_requests: WaitingRequests) -> None:
    waiter = ThreadWaiting().waiter()
    assert all(waiting_requests.add(name, waiter, bounded=False) for name in "abcde")


def test_ids_of_two_processes_can_be_distinguished() -> None:
    ours, theirs = WaitingRequests(places(1)), WaitingRequests(places(1))
    ids = {ours.new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(ours.is_own_id(name) and not theirs.is_own_id(name) for name in ids)
