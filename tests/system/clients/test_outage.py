"""A broker that is killed and restarted: each lost record is reported, none is sent after its report.

All clients live through the same outage, each with a topic of its own: a broker takes seconds to come back.
"""

import gc
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager

import pytest

from system.clients.catalogue import CLIENTS
from system.clients.protocol import Client, ClientUnavailable, SendFailure
from system.servers.protocol import STOP_S
from tests.system.clients.broker import Broker, running
from tests.system.clients.conftest import AVAILABLE
from tests.system.clients.traffic import KEYS, PARTITION, TIMEOUT_S

pytestmark = [
    pytest.mark.real,
    # kafka-python does not close the socket of a failed connection.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]

REAL_KINDS = [kind for kind in map(CLIENTS.load, AVAILABLE) if kind.shared]
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
    return [killable.new_topic() for _ in range(5 * len(REAL_KINDS))]


def is_foreign(thread: threading.Thread) -> bool:
    """Return whether Python did not start *thread*: its entry stays in the list when it has ended."""
    return isinstance(thread, threading._DummyThread)


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Collect garbage while its warnings are ignored, once no thread of a client holds it."""
    before = set(threading.enumerate())
    yield
    deadline_s = time.monotonic() + TIMEOUT_S
    while left := {thread for thread in threading.enumerate() if not is_foreign(thread)} - before:
        assert time.monotonic() < deadline_s, f"threads did not end: {left}"
        time.sleep(0.02)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


class Sender:
    """Sends numbered records with the client *name*, and keeps their reports and those received."""

    def __init__(self, name: str, client: Client, topic: str) -> None:
        self.name = name
        self.client = client
        self.topic = topic
        self.failures: dict[bytes, list[SendFailure]] = {}
        self.received: list[bytes] = []
        self.sent: list[bytes] = []
        client.assign(topic, PARTITION)

    def send(self, count: int) -> None:
        for _ in range(count):
            value = b"%d" % len(self.sent)
            reports = self.failures[value] = []
            try:
                self.client.send(self.topic, KEYS[0], value, reports.append)
            except ClientUnavailable as error:
                reports.append(SendFailure(str(error), stored=False))
            self.sent.append(value)

    def poll_until(self, done: Callable[[], object], what: str) -> None:
        deadline_s = time.monotonic() + TIMEOUT_S
        while not done():
            assert time.monotonic() < deadline_s, f"not seen: {what}"
            self.received += self.client.poll(0.2)

    def send_and_receive(self, count: int) -> None:
        self.send(count)
        self.poll_until(lambda: len(self.received) == count, "the records before the outage")

    def send_and_poll(self, count: int) -> None:
        self.send(count)
        self.received += self.client.poll(0.5)

    def send_until_all_failed(self, count: int) -> None:
        self.send(count)
        due = self.sent[-count:]
        self.poll_until(lambda: all(self.failures[value] for value in due), "the failures")

    def send_until_it_serves(self, count: int) -> None:
        self.send(count)
        self.poll_until(self._serves_again, "a record that comes back after the outage")

    def send_until_accounted(self, count: int) -> None:
        self.send(count)
        self.poll_until(lambda: not self._unaccounted(), "the fate of every record")

    def _serves_again(self) -> bool:
        """Return whether the newest record has come back; if not, send another one."""
        if not self.failures[self.sent[-1]] and self.sent[-1] in self.received:
            return True
        self.send(1)
        return False

    def _unaccounted(self) -> set[bytes]:
        failed = {value for value, reports in self.failures.items() if reports}
        return set(self.sent) - failed - set(self.received)


@contextmanager
def opened(broker: Broker, topics: list[str], deadline_s: float) -> Iterator[list[Sender]]:
    """Yield a sender for each client, and close the clients in the end."""
    with ExitStack() as stack:
        clients = [stack.enter_context(closing(kind.open(broker.address, deadline_s))) for kind in REAL_KINDS]
        yield [
            Sender(kind.name, client, topics.pop()) for kind, client in zip(REAL_KINDS, clients, strict=True)
        ]


def each(senders: Sequence[Sender], act: Callable[[Sender], object]) -> None:
    """Let all *senders* act at once; fail with the failures of all, by the name of the client."""
    with ThreadPoolExecutor(len(senders)) as pool:
        acting = {sender.name: pool.submit(act, sender) for sender in senders}
        failed = {name: error for name, one in acting.items() if (error := one.exception())}
    assert failed == {}


def test_records_sent_during_a_short_outage_arrive(killable: Broker, topics: list[str]) -> None:
    with opened(killable, topics, LONG_S) as senders:
        each(senders, lambda sender: sender.send_and_receive(20))
        killable.kill()
        each(senders, lambda sender: sender.send_and_poll(20))
        killable.start()
        each(senders, lambda sender: sender.send_until_accounted(20))
    for sender in senders:
        assert sender.received == sender.sent, sender.name


def test_a_record_given_up_in_a_long_outage_is_reported_and_not_sent_later(
    killable: Broker, topics: list[str]
) -> None:
    with opened(killable, topics, SHORT_S) as senders:
        each(senders, lambda sender: sender.send_and_receive(20))
        killable.kill()
        each(senders, lambda sender: sender.send_until_all_failed(20))
        for sender in senders:
            assert len(sender.received) == 20, sender.name
        killable.start()
        each(senders, lambda sender: sender.send_until_it_serves(1))
        each(senders, lambda sender: sender.send_until_accounted(20))
    for sender in senders:
        assert not set(sender.received) & set(sender.sent[20:40]), sender.name
        assert set(sender.sent[-20:]) <= set(sender.received), sender.name
        assert killable.stored(sender.topic, PARTITION) == sender.received, sender.name


@pytest.mark.parametrize("deadline_s", [SHORT_S, LONG_S])
def test_a_kill_under_load_loses_no_record_without_a_report_and_duplicates_none(
    killable: Broker, topics: list[str], deadline_s: float
) -> None:
    with opened(killable, topics, deadline_s) as senders:
        each(senders, lambda sender: sender.send(500))
        killable.kill()
        each(senders, lambda sender: sender.send_and_poll(500))
        killable.start()
        each(senders, lambda sender: sender.send_until_it_serves(500))
        each(senders, lambda sender: sender.send_until_accounted(0))
    for sender in senders:
        check_each_record(sender, killable.stored(sender.topic, PARTITION))


def check_each_record(sender: Sender, stored: list[bytes]) -> None:
    """Check that what is *stored* agrees with the reports."""
    assert max(Counter(stored).values()) == 1, sender.name
    assert max(len(reports) for reports in sender.failures.values()) <= 1, sender.name
    refused = {
        value for value, reports in sender.failures.items() if any(one.stored is False for one in reports)
    }
    assert not refused & set(stored), sender.name
    assert {value for value in sender.sent if not sender.failures[value]} <= set(stored), sender.name
    assert stored == sorted(stored, key=int), sender.name


def test_poll_returns_nothing_and_close_returns_while_the_broker_is_gone(
    killable: Broker, topics: list[str]
) -> None:
    with opened(killable, topics, LONG_S) as senders:
        each(senders, lambda sender: sender.send_and_receive(1))
        killable.kill()
        each(senders, check_that_polls_return_nothing)
        each(senders, close_with_records_in_its_queue)
        killable.start()
        for sender in senders:
            assert all(sender.failures[value] for value in sender.sent[1:]), sender.name
            assert killable.stored(sender.topic, PARTITION) == sender.received, sender.name


def check_that_polls_return_nothing(sender: Sender) -> None:
    assert [sender.client.poll(0.1) for _ in range(10)] == [[]] * 10


def close_with_records_in_its_queue(sender: Sender) -> None:
    sender.send(10)
    started_s = time.monotonic()
    sender.client.close()
    assert time.monotonic() - started_s < STOP_S
