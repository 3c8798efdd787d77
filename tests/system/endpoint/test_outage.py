"""An outage is detected by connecting; only a record sent and given up in the same one was not stored."""

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from system.clients.protocol import SendFailure
from system.endpoint import outage as module
from system.endpoint.outage import BrokerOutage
from tests.system.endpoint.doubles import Sent, endpoint


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


def test_without_a_broker_there_is_no_outage() -> None:
    outage = BrokerOutage(None)
    outage.check()
    assert (outage.number, outage.unreachable) == (0, None)


def test_a_refused_connection_is_certain_at_once(broker: socket.socket) -> None:
    address = address_of(broker)
    broker.close()
    outage = BrokerOutage(address)
    outage.check()
    assert outage.unreachable == (f"{address}: Connection refused", True)


UNREACHABLE = ["no-such-host.invalid:9092", "255.255.255.255:9092"]
"""A name without an address, as that of a stopped container, and an address to which no host answers."""


@pytest.mark.parametrize("kafka", UNREACHABLE)
def test_a_broker_that_cannot_be_reached_is_an_outage_but_proves_nothing_about_what_was_sent(
    kafka: str,
) -> None:
    outage = BrokerOutage(kafka)
    outage.check()
    assert (outage.number, outage.unreachable) == (0, None)  # once may be an accident
    outage.check()
    assert outage.number == 0
    assert outage.unreachable is not None
    assert not outage.unreachable.certain
    assert kafka.partition(":")[0] in outage.unreachable.reason


def test_an_uncertain_check_ends_the_outage_in_which_nothing_can_be_stored(broker: socket.socket) -> None:
    outage = BrokerOutage(address_of(broker))
    broker.close()
    outage.check()
    assert outage.number == 1
    outage._address = ("no-such-host.invalid", 9092)
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
