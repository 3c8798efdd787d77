"""A broker that is killed and restarted: each lost record is reported, none is sent after its report."""

import gc
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from system.clients.protocol import Client, ClientKind, ClientUnavailable, SendFailure
from system.servers.protocol import STOP_S
from tests.system.clients.broker import Broker, running
from tests.system.clients.traffic import KEYS, PARTITION, TIMEOUT_S

pytestmark = [
    pytest.mark.real,
    # kafka-python does not close the socket of a failed connection.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

LONG_S = 40.0
SHORT_S = 3.0


@pytest.fixture(scope="module")
def killable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker that these tests kill, and restart before they end."""
    with running(tmp_path_factory.mktemp("killable")) as broker:
        yield broker


@pytest.fixture(scope="module")
def topics(killable: Broker) -> list[str]:
    """Topics created before the first kill; for some seconds after one, the broker creates none."""
    return [killable.new_topic() for _ in range(20)]


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Collect garbage while its warnings are ignored."""
    yield
    gc.collect()


class Sender:
    """Sends numbered records, and keeps their reports and those received."""

    def __init__(self, client: Client, topic: str) -> None:
        self.failures: dict[bytes, list[SendFailure]] = {}
        self.received: list[bytes] = []
        self.sent: list[bytes] = []
        self._client = client
        self._topic = topic

    def send(self, count: int) -> None:
        for _ in range(count):
            value = b"%d" % len(self.sent)
            reports = self.failures[value] = []
            try:
                self._client.send(self._topic, KEYS[0], value, reports.append)
            except ClientUnavailable as error:
                reports.append(SendFailure(str(error), stored=False))
            self.sent.append(value)

    def poll_until(self, done: Callable[[], object], what: str) -> None:
        deadline_s = time.monotonic() + TIMEOUT_S
        while not done():
            assert time.monotonic() < deadline_s, f"not seen: {what}"
            self.received += self._client.poll(0.2)

    def unaccounted(self) -> set[bytes]:
        failed = {value for value, reports in self.failures.items() if reports}
        return set(self.sent) - failed - set(self.received)


@pytest.fixture
def topic(topics: list[str]) -> str:
    return topics.pop()


def test_records_sent_during_a_short_outage_arrive(
    real_kind: ClientKind, killable: Broker, topic: str
) -> None:
    with closing(real_kind.open(killable.address, LONG_S)) as client:
        client.assign(topic, PARTITION)
        sender = Sender(client, topic)
        sender.send(20)
        sender.poll_until(lambda: len(sender.received) == 20, "the records before the outage")
        killable.kill()
        sender.send(20)
        client.poll(0.5)
        killable.start()
        sender.send(20)
        sender.poll_until(lambda: not sender.unaccounted(), "the fate of every record")
    assert sender.received == sender.sent


def test_a_record_given_up_in_a_long_outage_is_reported_and_not_sent_later(
    real_kind: ClientKind, killable: Broker, topic: str
) -> None:
    with closing(real_kind.open(killable.address, SHORT_S)) as client:
        client.assign(topic, PARTITION)
        sender = Sender(client, topic)
        sender.send(20)
        sender.poll_until(lambda: len(sender.received) == 20, "the records before the outage")
        killable.kill()
        sender.send(20)
        sender.poll_until(lambda: all(sender.failures[value] for value in sender.sent[20:]), "the failures")
        killable.start()
        sender.poll_until(lambda: serves_again(sender), "a record that comes back after the outage")
        sender.send(20)
        sender.poll_until(lambda: not sender.unaccounted(), "the fate of every record")
    assert not set(sender.received) & set(sender.sent[20:40])
    assert set(sender.sent[-20:]) <= set(sender.received)
    assert killable.stored(topic, PARTITION) == sender.received


@pytest.mark.parametrize("deadline_s", [SHORT_S, LONG_S])
def test_a_kill_under_load_loses_no_record_without_a_report_and_duplicates_none(
    real_kind: ClientKind, killable: Broker, topic: str, deadline_s: float
) -> None:
    with closing(real_kind.open(killable.address, deadline_s)) as client:
        client.assign(topic, PARTITION)
        sender = Sender(client, topic)
        sender.send(500)
        killable.kill()
        sender.send(500)
        sender.received += client.poll(1.0)
        killable.start()
        sender.send(500)
        sender.poll_until(lambda: serves_again(sender), "a record that comes back after the outage")
        sender.poll_until(lambda: not sender.unaccounted(), "the fate of every record")
    stored = killable.stored(topic, PARTITION)
    assert max(Counter(stored).values()) == 1
    assert max(len(reports) for reports in sender.failures.values()) <= 1
    assert not {
        value for value in stored if any(reports.stored is False for reports in sender.failures[value])
    }
    assert {value for value in sender.sent if not sender.failures[value]} <= set(stored)
    assert stored == sorted(stored, key=int)


def test_poll_returns_nothing_while_the_broker_is_gone(
    real_kind: ClientKind, killable: Broker, topic: str
) -> None:
    with closing(real_kind.open(killable.address, SHORT_S)) as client:
        client.assign(topic, PARTITION)
        killable.kill()
        assert [client.poll(0.2) for _ in range(10)] == [[]] * 10
        killable.start()


def test_close_returns_while_the_broker_is_gone(real_kind: ClientKind, killable: Broker, topic: str) -> None:
    client = real_kind.open(killable.address, LONG_S)
    client.assign(topic, PARTITION)
    sender = Sender(client, topic)
    sender.send(1)
    sender.poll_until(lambda: len(sender.received) == 1, "a record before the outage")
    killable.kill()
    sender.send(10)
    started_s = time.monotonic()
    client.close()
    assert time.monotonic() - started_s < STOP_S
    killable.start()
    assert all(sender.failures[value] for value in sender.sent[1:])
    assert killable.stored(topic, PARTITION) == sender.received


def serves_again(sender: Sender) -> bool:
    """Return whether the newest record has come back; if not, send another one."""
    if not sender.failures[sender.sent[-1]] and sender.sent[-1] in sender.received:
        return True
    sender.send(1)
    return False
