"""Contract of every Kafka client in the catalogue."""

import gc
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psutil
import pytest

from system.clients.catalogue import CLIENTS
from system.clients.equal import EQUAL, as_text
from system.clients.protocol import Client, ClientKind, ClientUnavailable, SendFailure
from system.processes.ports import free_ports
from system.wire.partitioner import partition
from tests.system.clients.broker import Broker
from tests.system.clients.traffic import KEYS, PARTITION, PARTITIONS, TIMEOUT_S, receive, send_all, unexpected

# What Java's org.apache.kafka.common.utils.Utils.murmur2 returns, as its own tests have it.
JAVA_MURMUR2 = {
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    b"abc": 479470107,
}

WORK_WITH_GEVENT = [
    name for name in CLIENTS if CLIENTS.load(name).shared and "gevent" in CLIENTS.load(name).waitings
]

LEAVES_SOCKETS_TO_GC = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""kafka-python does not close the socket of a failed connection."""


def test_a_topic_has_the_partitions_it_was_created_with(client: Client, topic: str) -> None:
    assert client.partitions(topic) == PARTITIONS


def test_an_unknown_topic_is_refused_and_not_created(impatient_kind: ClientKind, broker: Broker) -> None:
    with closing(impatient_kind.open(broker.address, 10)) as client:
        for _ in range(2):
            with pytest.raises(ClientUnavailable, match=f"unknown-to-{impatient_kind.name}"):
                client.partitions(f"unknown-to-{impatient_kind.name}")


def test_a_record_comes_back_once_and_in_the_order_of_its_key(client: Client, topic: str) -> None:
    client.assign(topic, PARTITION)
    records = [(KEYS[number % len(KEYS)], b"%d" % number) for number in range(500)]
    for key, value in records:
        client.send(topic, key, value, unexpected)
    assert receive(client, len(records)) == [value for _, value in records]


@pytest.mark.parametrize("key", JAVA_MURMUR2)
def test_a_key_decides_the_partition_as_in_java(client: Client, topic: str, key: bytes) -> None:
    client.assign(topic, (JAVA_MURMUR2[key] & 0x7FFFFFFF) % PARTITIONS)
    client.send(topic, key, b"value", unexpected)
    assert receive(client, 1) == [b"value"]


def test_records_of_other_partitions_are_not_read(client: Client, topic: str) -> None:
    client.assign(topic, PARTITION)
    keys = [b"user-%d" % number for number in range(200)]
    for key in keys:
        client.send(topic, key, key, unexpected)
    ours = [key for key in keys if partition(key, PARTITIONS) == PARTITION]
    assert receive(client, len(ours)) == ours


def test_a_burst_from_many_threads_is_neither_lost_nor_doubled_nor_reordered(
    client: Client, topic: str
) -> None:
    client.assign(topic, PARTITION)
    bursts = [[b"%d:%d" % (thread, number) for number in range(125)] for thread in range(16)]
    with ThreadPoolExecutor(len(bursts)) as threads:
        sent = [threads.submit(send_all, client, topic, burst, KEYS[0]) for burst in bursts]
        assert [done.exception() for done in sent] == [None] * len(bursts)
        values = receive(client, 2000)
    by_thread = [[value for value in values if value.startswith(b"%d:" % thread)] for thread in range(16)]
    assert by_thread == bursts
    assert len(values) == 2000


def test_poll_ends_when_nothing_comes(client: Client, topic: str) -> None:
    client.assign(topic, PARTITION)
    assert client.poll(0.3) == []


def test_poll_returns_as_soon_as_there_is_a_record(client: Client, topic: str) -> None:
    client.assign(topic, PARTITION)
    for number in range(100):
        client.send(topic, KEYS[0], b"%d" % number, unexpected)
        assert client.poll(30.0) == [b"%d" % number]


def test_a_poll_returns_all_records_that_have_arrived(client: Client, topic: str) -> None:
    client.assign(topic, PARTITION)
    send_all(client, topic, [b"x"] * 1000)
    deadline_s = time.monotonic() + TIMEOUT_S
    polls = [len(client.poll(1.0))]
    while sum(polls) < 1000 and time.monotonic() < deadline_s:
        polls.append(len(client.poll(1.0)))
    assert sum(polls) == 1000
    assert len(polls) < 500


def test_records_from_before_the_assignment_are_skipped(client: Client, topic: str) -> None:
    client.assign(topic, PARTITION)
    send_all(client, topic, [b"before"] * 10)
    receive(client, 10)
    client.assign(topic, PARTITION)
    client.send(topic, KEYS[0], b"after", unexpected)
    assert receive(client, 1) == [b"after"]


def test_the_next_client_does_not_read_records_for_the_closed_one(
    real_kind: ClientKind, broker: Broker
) -> None:
    topic = broker.new_topic()
    with closing(real_kind.open(broker.address, 10)) as closed:
        closed.assign(topic, PARTITION)
        send_all(closed, topic, [b"for the closed one"] * 10)
        receive(closed, 10)
    with closing(real_kind.open(broker.address, 10)) as following:
        following.assign(topic, PARTITION)
        following.send(topic, KEYS[0], b"for the next one", unexpected)
        assert receive(following, 1) == [b"for the next one"]


def test_a_closed_client_raises(kind: ClientKind, kafka: str, topic: str) -> None:
    client = kind.open(kafka, 10)
    client.assign(topic, PARTITION)
    client.close()
    client.close()
    with pytest.raises(ClientUnavailable):
        client.send(topic, KEYS[0], b"too late", unexpected)
    with pytest.raises(ClientUnavailable):
        client.poll(0.1)


def test_close_sends_what_is_queued(real_kind: ClientKind, broker: Broker) -> None:
    topic = broker.new_topic()
    values = [b"%d" % number for number in range(500)]
    with closing(real_kind.open(broker.address, 10)) as client:
        send_all(client, topic, values)
    assert broker.stored(topic, PARTITION) == values


def test_close_ends_every_thread_and_descriptor(kind: ClientKind, kafka: str, topic: str) -> None:
    use_once(kind, kafka, topic)
    process = psutil.Process()
    before = (process.num_threads(), process.num_fds())
    for _ in range(3):
        use_once(kind, kafka, topic)
    deadline_s = time.monotonic() + 10
    while (after := (process.num_threads(), process.num_fds())) > before and time.monotonic() < deadline_s:
        time.sleep(0.05)
    assert after[0] <= before[0]
    assert after[1] <= before[1]


def test_every_client_reports_the_equal_settings(real_kind: ClientKind, broker: Broker) -> None:
    with closing(real_kind.open(broker.address, 10)) as client:
        settings = client.settings()
    assert {name: settings[name] for name in as_text(EQUAL)} == as_text(EQUAL)
    assert settings["delivery_timeout_ms"] == "8000"


@LEAVES_SOCKETS_TO_GC
def test_without_a_broker_it_cannot_be_opened(impatient_kind: ClientKind) -> None:
    with pytest.raises(ClientUnavailable):
        impatient_kind.open(f"127.0.0.1:{free_ports(1)[0]}", 10)
    gc.collect()


def test_a_record_for_an_unknown_topic_fails_and_creates_nothing(
    impatient_kind: ClientKind, broker: Broker
) -> None:
    topic = f"not-there-for-{impatient_kind.name}"
    with closing(impatient_kind.open(broker.address, 2)) as client:
        assert send_and_wait_for_failure(client, topic, b"value").reason
        with pytest.raises(ClientUnavailable, match=topic):
            client.partitions(topic)


def test_a_record_that_the_broker_refuses_fails_alone(real_kind: ClientKind, broker: Broker) -> None:
    topic = broker.new_topic()
    with closing(real_kind.open(broker.address, 10)) as client:
        failure = send_and_wait_for_failure(client, topic, bytes(3_000_000))
        send_all(client, topic, [b"the next one"])
    assert failure.stored is False
    assert broker.stored(topic, PARTITION) == [b"the next one"]


@pytest.mark.real
@pytest.mark.parametrize("name", WORK_WITH_GEVENT)
def test_greenlets_of_a_patched_process_get_their_replies(name: str, broker: Broker) -> None:
    script = [sys.executable, "-m", "tests.system.clients.gevent_round_trips"]
    done = subprocess.run(
        [*script, name, broker.address, broker.new_topic()],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.stdout == "64 greenlets were answered\n", done.stderr[-3000:]
    assert done.returncode == 0


def test_confluent_kafka_and_aiokafka_work_with_gevent() -> None:
    assert WORK_WITH_GEVENT == ["confluent-kafka", "aiokafka"]


def send_and_wait_for_failure(client: Client, topic: str, value: bytes) -> SendFailure:
    failures: list[SendFailure] = []
    try:
        client.send(topic, KEYS[0], value, failures.append)
    except ClientUnavailable as error:
        return SendFailure(str(error), stored=False)
    deadline_s = time.monotonic() + TIMEOUT_S
    while not failures:
        assert time.monotonic() < deadline_s, "its failure was not reported"
        client.poll(0.1)
    return failures[0]


def use_once(kind: ClientKind, kafka: str, topic: str) -> None:
    with closing(kind.open(kafka, 10)) as client:
        client.assign(topic, PARTITION)
        client.send(topic, KEYS[0], b"value", unexpected)
        receive(client, 1)
