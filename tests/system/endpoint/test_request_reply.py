import resource
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from system.endpoint import messages
from system.endpoint.replies import NoReply, Outcome, Reply
from system.endpoint.request_reply import Exchanged
from system.wire.users_pb2 import UserResponse
from tests.system.endpoint.doubles import Endpoint, endpoint, exchange_of, lost, never, replies, unreachable


def ask(running: Endpoint, message: messages.Request) -> Exchanged:
    return running.exchange.ask("users", "7", message)


def test_a_record_carries_who_asks_and_where_the_reply_goes(tmp_path: Path) -> None:
    with endpoint(replies(200, "{}"), tmp_path) as running:
        ask(running, messages.find())
    sent = running.client.sent[0]
    assert (sent.topic, sent.key) == ("users", b"7")
    assert sent.request.reply_key == "reply-key"
    assert running.pending.gave_out(sent.request.request_id)


def test_a_reply_comes_with_the_body_as_it_was_written(tmp_path: Path) -> None:
    with endpoint(replies(200, '{ "odd" :1}'), tmp_path) as running:
        outcome = ask(running, messages.find()).outcome
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
        outcome = ask(running, messages.find()).outcome
        assert isinstance(outcome, NoReply)
        assert outcome.error == error
        assert len(running.pending) == 0
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
        outcome = ask(running, message).outcome
    assert isinstance(outcome, NoReply)
    assert outcome.error == "timeout"
    assert advice in outcome.detail
    assert running.client.sent[0].request.request_id in outcome.detail


def test_a_reply_that_comes_too_late_is_counted(tmp_path: Path) -> None:
    with endpoint(never, tmp_path, deadline_s=0.01) as running:
        ask(running, messages.find())
        late = UserResponse(request_id=running.client.sent[0].request.request_id, status=200)
        running.client.values.put(late.SerializeToString())
        running.client.answering = replies(200, "{}")
        running.exchange.ask("users", "7", messages.find(), 30)
    assert running.metric("endpoint_late_replies_total") == 1
    assert running.metric("endpoint_unknown_replies_total") == 0


def test_beyond_the_bound_a_request_is_refused_at_once_and_nothing_is_sent(tmp_path: Path) -> None:
    with endpoint(never, tmp_path, deadline_s=100, max_waiting=2) as running:
        tickets = [running.exchange.post("users", "7", messages.find()) for _ in range(3)]
        refused = [ticket for ticket in tickets if isinstance(ticket, NoReply)]
        assert [refusal.error for refusal in refused] == ["overloaded"]
        assert len(running.client.sent) == 2


def test_a_hundred_thousand_timed_out_requests_leave_nothing_behind(tmp_path: Path) -> None:
    with endpoint(never, tmp_path, deadline_s=1e-6) as running:

        def time_out(requests: int) -> None:
            for _ in range(requests):
                ask(running, messages.find())
                running.client.sent.clear()

        time_out(5_000)
        before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(time_out, [25_000] * 4))
        after_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        assert len(running.pending) == 0
    assert after_kib - before_kib < 20_000


class ScriptedWaiter:
    """A wait whose passing is told: the exchange's own view of a race."""

    def __init__(self, *passing: Callable[["ScriptedWaiter"], None]) -> None:
        self.outcome: Outcome | None = None
        self.closed = False
        self._passing = list(passing)

    def waiter(self) -> "ScriptedWaiter":
        return self

    def wait(self, timeout_s: float) -> None:
        self._passing.pop(0)(self)

    def wake(self) -> None: ...

    def close(self) -> None:
        self.closed = True


def test_a_reply_taken_out_just_before_the_timeout_is_waited_for(tmp_path: Path) -> None:
    reply = Reply("x", 200, b"{}", 0, 0, 0)
    with endpoint(never, tmp_path) as running:

        def taken_but_not_handed_over(waiter: ScriptedWaiter) -> None:
            assert running.pending.forget(running.client.sent[0].request.request_id)

        def handed_over(waiter: ScriptedWaiter) -> None:
            waiter.outcome = reply

        waiting = ScriptedWaiter(taken_but_not_handed_over, handed_over)
        exchange = exchange_of(running.client, waiting, running.pending, tmp_path)
        assert exchange.ask("users", "7", messages.find()).outcome is reply


def test_a_handler_that_is_killed_while_it_waits_leaves_nothing_behind(tmp_path: Path) -> None:
    def killed(waiter: ScriptedWaiter) -> None:
        raise SystemExit

    waiting = ScriptedWaiter(killed)
    with endpoint(never, tmp_path) as running:
        exchange = exchange_of(running.client, waiting, running.pending, tmp_path)
        with pytest.raises(SystemExit):
            exchange.ask("users", "7", messages.find())
        assert len(running.pending) == 0
    assert waiting.closed


def test_a_client_that_raises_what_it_may_not_leaves_nothing_behind(tmp_path: Path) -> None:
    def broken(record: object) -> None:
        raise RuntimeError("a defect")

    with endpoint(broken, tmp_path) as running:
        with pytest.raises(RuntimeError):
            ask(running, messages.find())
        assert len(running.pending) == 0
