"""A broker that is killed and comes back: no record is lost in silence, none is sent after its end."""

import gc
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from system.clients.protocol import Client, ClientKind, ClientUnavailable, SendFailure
from tests.system.clients.broker import Broker, running
from tests.system.clients.traffic import KEYS, PARTITION, WITHIN_S

pytestmark = [
    pytest.mark.real,
    # kafka-python does not close a socket by which it could not connect.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

LONG_S = 40.0
SHORT_S = 3.0


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker that these tests kill; it is up again at the end of each."""
    with running(tmp_path_factory.mktemp("mortal")) as broker:
        yield broker


@pytest.fixture(scope="module")
def topics(mortal: Broker) -> list[str]:
    """Topics from before the first kill: for some seconds after one, the broker makes none."""
    return [mortal.new_topic() for _ in range(20)]


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Have what was left to the garbage collector collected while its warnings are ignored."""
    yield
    gc.collect()


class Sender:
    """Numbered records, and what was said of each."""

    def __init__(self, client: Client, topic: str) -> None:
        self.failures: dict[bytes, list[SendFailure]] = {}
        self.received: list[bytes] = []
        self.sent: list[bytes] = []
        self._client = client
        self._topic = topic

    def send(self, count: int) -> None:
        for _ in range(count):
            value = b"%d" % len(self.sent)
            said = self.failures[value] = []
            try:
                self._client.send(self._topic, KEYS[0], value, said.append)
            except ClientUnavailable as error:
                said.append(SendFailure(str(error), stored=False))
            self.sent.append(value)

    def poll_until(self, done: Callable[[], object], what: str) -> None:
        deadline_s = time.monotonic() + WITHIN_S
        while not done():
            assert time.monotonic() < deadline_s, f"not seen: {what}"
            self.received += self._client.poll(0.2)

    def unaccounted(self) -> set[bytes]:
        failed = {value for value, said in self.failures.items() if said}
        return set(self.sent) - failed - set(self.received)


@pytest.fixture
def topic(topics: list[str]) -> str:
    return topics.pop()


def test_records_sent_during_a_short_outage_arrive(real_kind: ClientKind, mortal: Broker, topic: str) -> None:
    with closing(real_kind.open(mortal.address, LONG_S)) as client:
        client.assign(topic, PARTITION)
        sender = Sender(client, topic)
        sender.send(20)
        sender.poll_until(lambda: len(sender.received) == 20, "the records before the outage")
        mortal.kill()
        sender.send(20)
        client.poll(0.5)
        mortal.start()
        sender.send(20)
        sender.poll_until(lambda: not sender.unaccounted(), "the fate of every record")
    assert sender.received == sender.sent


def test_what_is_given_up_in_a_long_outage_is_reported_and_not_sent_later(
    real_kind: ClientKind, mortal: Broker, topic: str
) -> None:
    with closing(real_kind.open(mortal.address, SHORT_S)) as client:
        client.assign(topic, PARTITION)
        sender = Sender(client, topic)
        sender.send(20)
        sender.poll_until(lambda: len(sender.received) == 20, "the records before the outage")
        mortal.kill()
        sender.send(20)
        sender.poll_until(lambda: all(sender.failures[value] for value in sender.sent[20:]), "the failures")
        mortal.start()
        sender.poll_until(lambda: serves_again(sender), "a record that comes back after the outage")
        sender.send(20)
        sender.poll_until(lambda: not sender.unaccounted(), "the fate of every record")
    assert not set(sender.received) & set(sender.sent[20:40])
    assert set(sender.sent[-20:]) <= set(sender.received)
    assert mortal.stored(topic, PARTITION) == sender.received


@pytest.mark.parametrize("deadline_s", [SHORT_S, LONG_S])
def test_a_kill_under_load_loses_nothing_in_silence_and_doubles_nothing(
    real_kind: ClientKind, mortal: Broker, topic: str, deadline_s: float
) -> None:
    with closing(real_kind.open(mortal.address, deadline_s)) as client:
        client.assign(topic, PARTITION)
        sender = Sender(client, topic)
        sender.send(500)
        mortal.kill()
        sender.send(500)
        sender.received += client.poll(1.0)
        mortal.start()
        sender.send(500)
        sender.poll_until(lambda: serves_again(sender), "a record that comes back after the outage")
        sender.poll_until(lambda: not sender.unaccounted(), "the fate of every record")
    stored = mortal.stored(topic, PARTITION)
    assert max(Counter(stored).values()) == 1
    assert max(len(said) for said in sender.failures.values()) <= 1
    assert not {value for value in stored if any(said.stored is False for said in sender.failures[value])}
    assert {value for value in sender.sent if not sender.failures[value]} <= set(stored)
    assert stored == sorted(stored, key=int)


def test_a_client_of_a_broker_that_is_gone_keeps_polling_in_peace(
    real_kind: ClientKind, mortal: Broker, topic: str
) -> None:
    with closing(real_kind.open(mortal.address, SHORT_S)) as client:
        client.assign(topic, PARTITION)
        mortal.kill()
        assert [client.poll(0.2) for _ in range(10)] == [[]] * 10
        mortal.start()


def test_close_ends_although_the_broker_is_gone(real_kind: ClientKind, mortal: Broker, topic: str) -> None:
    client = real_kind.open(mortal.address, LONG_S)
    client.assign(topic, PARTITION)
    sender = Sender(client, topic)
    sender.send(1)
    sender.poll_until(lambda: len(sender.received) == 1, "a record before the outage")
    mortal.kill()
    sender.send(10)
    client.close()
    mortal.start()
    assert all(sender.failures[value] for value in sender.sent[1:])
    assert mortal.stored(topic, PARTITION) == sender.received


def serves_again(sender: Sender) -> bool:
    """Send a record and return whether the newest one but a few has come back."""
    if not sender.failures[sender.sent[-1]] and sender.sent[-1] in sender.received:
        return True
    sender.send(1)
    return False
