"""How to ask a component over HTTP, or the whole system over Kafka, whether it is ready."""

import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterable

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from system.clients.catalogue import CLIENTS
from system.clients.protocol import Client, ClientUnavailable, SendFailure
from system.processes.component import READY
from system.wire.partitioner import reply_key
from system.wire.topics import USER_EVENTS, USERS
from system.wire.users_pb2 import Find, UserRequest, UserResponse

ASKED_WITH = "confluent-kafka"
NOBODY = "round-trip"
SHOWN = 200


def http(url: str, timeout_s: float) -> str:
    """Return `READY` if *url* answers 200, else what it said."""
    try:
        with urllib.request.urlopen(url, timeout=timeout_s) as answer:
            return READY if answer.status == 200 else f"{url}: status {answer.status}"
    except urllib.error.HTTPError as error:
        return f"{url}: status {error.code}: {error.read(SHOWN).decode(errors='replace').strip()}"
    except (OSError, ValueError) as error:
        return f"{url}: {error}"


def leaders(kafka: str, topics: Iterable[str], timeout_s: float) -> str:
    """Return `READY` if every partition of *topics* has a leader, else which topic lacks one.

    A client that asks for a partition before it has one may wait for much longer than it takes to get one.
    """
    try:
        told = AdminClient({"bootstrap.servers": kafka, "log_level": 2}).list_topics(timeout=timeout_s).topics
    except KafkaException as error:
        return f"Kafka at {kafka}: {error.args[0]}"
    for topic in topics:
        known = told[topic].partitions.values() if topic in told else ()
        if not known or any(partition.leader < 0 for partition in known):
            return f"topic {topic}: a partition has no leader yet"
    return READY


def round_trip(kafka: str, timeout_s: float) -> str:
    """Return `READY` if a request is answered through Kafka and Flink, else what happened."""
    try:
        client = CLIENTS.load(ASKED_WITH).open(kafka, timeout_s)
        try:
            return _ask(client, timeout_s)
        finally:
            client.close()
    except ClientUnavailable as error:
        return f"Kafka at {kafka}: {error}"


def _ask(client: Client, timeout_s: float) -> str:
    partitions = client.partitions(USER_EVENTS)
    client.assign(USER_EVENTS, partitions - 1)
    request = UserRequest(
        request_id=str(uuid.uuid4()), reply_key=reply_key(partitions - 1, partitions), find=Find()
    )
    failures: list[SendFailure] = []
    client.send(USERS, NOBODY.encode(), request.SerializeToString(), failures.append)
    deadline = time.monotonic() + timeout_s
    while not failures and time.monotonic() < deadline:
        if any(UserResponse.FromString(value).request_id == request.request_id for value in client.poll(0.2)):
            return READY
    return failures[0].reason if failures else f"no reply to a request over Kafka within {timeout_s:g} s"
