"""Readiness probes: a component over HTTP, the leaders of the topics, the whole system over Kafka."""

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

PROBE_CLIENT = "confluent-kafka"
PROBE_USER = "round-trip"
"""An id that no user has."""
SHOWN_BYTES = 200


def http(url: str, timeout_s: float) -> str:
    """Return `READY` if *url* answers with status 200, else a description of its answer."""
    try:
        with urllib.request.urlopen(url, timeout=timeout_s) as answer:
            return READY if answer.status == 200 else f"{url}: status {answer.status}"
    except urllib.error.HTTPError as error:
        return f"{url}: status {error.code}: {error.read(SHOWN_BYTES).decode(errors='replace').strip()}"
    except (OSError, ValueError) as error:
        return f"{url}: {error}"


def leaders(kafka: str, topics: Iterable[str], timeout_s: float) -> str:
    """Return `READY` if every partition of *topics* has a leader, else the first topic that lacks one.

    A client that uses a partition before it has a leader can wait much longer than the election takes.
    """
    try:
        admin = AdminClient({"bootstrap.servers": kafka, "log_level": 2})
        described = admin.list_topics(timeout=timeout_s).topics
    except KafkaException as error:
        return f"Kafka at {kafka}: {error.args[0]}"
    for topic in topics:
        partitions = described[topic].partitions.values() if topic in described else ()
        if not partitions or any(partition.leader < 0 for partition in partitions):
            return f"topic {topic}: a partition has no leader yet"
    return READY


def round_trip(kafka: str, timeout_s: float) -> str:
    """Return `READY` if a request through Kafka and Flink is answered, else what happened instead."""
    try:
        client = CLIENTS.load(PROBE_CLIENT).open(kafka, timeout_s)
        try:
            return _send_find(client, timeout_s)
        finally:
            client.close()
    except ClientUnavailable as error:
        return f"Kafka at {kafka}: {error}"


def _send_find(client: Client, timeout_s: float) -> str:
    partitions = client.partitions(USER_EVENTS)
    client.assign(USER_EVENTS, partitions - 1)
    request = UserRequest(
        request_id=str(uuid.uuid4()), reply_key=reply_key(partitions - 1, partitions), find=Find()
    )
    failures: list[SendFailure] = []
    client.send(USERS, PROBE_USER.encode(), request.SerializeToString(), failures.append)
    deadline = time.monotonic() + timeout_s
    while not failures and time.monotonic() < deadline:
        if any(UserResponse.FromString(value).request_id == request.request_id for value in client.poll(0.2)):
            return READY
    return failures[0].reason if failures else f"no reply to a request over Kafka within {timeout_s:g} s"
