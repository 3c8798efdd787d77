"""An outage is detected by connecting; only a record sent and given up in the same one was not stored."""

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from time import monotonic

import pytest

from system.clients.protocol import SendFailure
from system.endpoint import outage as module
from system.endpoint.outage import BrokerOutage
from system.wire.users_pb2 import UserResponse
from tests.system.endpoint.doubles import Sent, endpoint, never

REPLY = UserResponse(request_id="0123456789ab.7", status=200, result="{}").SerializeToString()


@pytest.fixture(autouse=True)
def every_check_connects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHECK_EVERY_S", 0.0)


@pytest.fixture
def broker() -> Iterator[socket.socket]:
    """A listening socket."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        yield listening


def address_of(listening: socket.socket) -> str:
    return f"127.0.0.1:{listening.getsockname()[1]}"


def test_an_outage_begins_when_nothing_listens_and_ends_when_something_does(broker: socket.socket) -> None:
    address = address_of(broker)
    outage = BrokerOutage(address)
    outage.check()
    assert outage.number == 0
    broker.close()
    outage.check()
    outage.check()
    assert outage.number == 1
    host, _, port = address.rpartition(":")
    with closing(socket.create_server((host, int(port)))):
        outage.check()
        assert outage.number == 0
    outage.check()
    assert outage.number == 2


def test_an_outage_ends_while_replies_come_without_a_pause(broker: socket.socket, tmp_path: Path) -> None:
    outage = BrokerOutage(address_of(broker))
    with endpoint(never, tmp_path, outage=outage) as running:
        running.client.poll = lambda _: [REPLY]  # type: ignore[method-assign,assignment]
        deadline = monotonic() + 30
        while not running.metric("endpoint_unknown_replies_total"):
            assert monotonic() < deadline, "no reply was read"
        outage.number = 1
        while outage.number:
            assert monotonic() < deadline, "the outage lasts although the broker listens"


@pytest.mark.parametrize("kafka", [None, "no-such-host.invalid:9092"])
def test_an_address_that_cannot_be_checked_is_no_outage(kafka: str | None) -> None:
    outage = BrokerOutage(kafka)
    outage.check()
    assert outage.number == 0


@pytest.mark.parametrize(
    ("sent_in", "given_up_in", "status"), [(0, 0, 504), (0, 1, 504), (1, 1, 503), (1, 0, 504), (1, 2, 504)]
)
def test_a_record_given_up_in_the_outage_it_was_sent_in_changed_nothing(
    tmp_path: Path, sent_in: int, given_up_in: int, status: int
) -> None:
    outage = BrokerOutage(None)
    outage.number = sent_in

    def given_up(record: Sent) -> SendFailure:
        outage.number = given_up_in
        return SendFailure("timed out", stored=None)

    with endpoint(given_up, tmp_path, outage=outage) as running:
        assert running.app.test_client().post("/users/credit/add/0/1").status_code == status
