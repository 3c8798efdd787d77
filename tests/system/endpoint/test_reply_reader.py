from pathlib import Path

from system.clients.protocol import ClientUnavailable
from system.endpoint import messages
from system.endpoint.messages import Reply
from system.wire.users_pb2 import UserResponse
from tests.system.endpoint.doubles import ScriptedClient, endpoint, replies

GARBAGE = b"\xff\xff\xff"
FOREIGN = UserResponse(request_id="0123456789ab.7", status=200, result="{}").SerializeToString()
STATUSLESS = UserResponse(request_id="x", status=7).SerializeToString()


def test_a_record_that_is_no_reply_of_this_process_is_counted_and_the_next_reply_still_comes(
    tmp_path: Path,
) -> None:
    with endpoint(replies(200, "{}"), tmp_path) as running:
        for value in (GARBAGE, b"", FOREIGN, STATUSLESS):
            running.client.values.put(value)
        assert isinstance(running.requester.request("users", "7", messages.find(), 30).outcome, Reply)
    assert running.metric("endpoint_unknown_replies_total") == 4
    assert running.metric("endpoint_late_replies_total") == 0


def test_a_client_that_fails_is_polled_again(tmp_path: Path) -> None:
    failures: list[Exception] = [ClientUnavailable("gone"), RuntimeError("a defect")]
    poll = ScriptedClient.poll

    def failing(client: ScriptedClient, timeout_s: float) -> list[bytes]:
        if failures:
            raise failures.pop()
        return poll(client, timeout_s)

    with endpoint(replies(200, "{}"), tmp_path) as running:
        running.client.poll = failing.__get__(running.client)  # type: ignore[method-assign]
        assert isinstance(running.requester.request("users", "7", messages.find(), 30).outcome, Reply)
        while failures:
            running.requester.request("users", "7", messages.find(), 30)
    assert running.metric("endpoint_kafka_errors_total") == 2
