"""The topics of the system, created before Flink starts."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]  # It lists no exports.
from confluent_kafka.cimpl import NewPartitions, NewTopic

from system.wire.topics import INGRESS

REQUEST_WITHIN_S = 5.0
RETRY_AFTER_S = 0.02
LATEST: OffsetSpec = OffsetSpec.latest()  # type: ignore[no-untyped-call]  # It has no annotation.

# A record without a key would stop the job for ever, and a compacted topic refuses such records. The longest
# possible lag keeps the broker from ever compacting, so that the history stays complete.
REFUSE_NULL_KEYS = {"cleanup.policy": "compact,delete", "min.compaction.lag.ms": str(2**63 - 1)}


class TopicsRefused(Exception):
    """The broker did not answer, or its topics cannot be changed to what is needed."""


@dataclass(frozen=True)
class Changes:
    """The topics to *create* and the topics to *grow*, each with its number of partitions."""

    create: Mapping[str, int] = field(default_factory=dict)
    grow: Mapping[str, int] = field(default_factory=dict)


def plan(present: Mapping[str, int], needed: Mapping[str, int]) -> Changes:
    """Return the changes that bring the topics *present* to the *needed* numbers of partitions.

    Raise `TopicsRefused` if that is impossible. An ingress topic keeps its number of partitions: with another
    number, a user's later records would go to another partition than the earlier ones, and their order would
    be lost. No topic can shrink.
    """
    for topic, count in needed.items():
        present_count = present.get(topic, count)
        if present_count > count or (present_count < count and topic in INGRESS):
            raise TopicsRefused(
                f"topic {topic} has {present_count} partitions but {count} are needed; use another data dir"
            )
    missing = {topic: count for topic, count in needed.items() if topic not in present}
    return Changes(
        missing, {topic: count for topic, count in needed.items() if present.get(topic, count) < count}
    )


def ensure(kafka: str, needed: Mapping[str, int], timeout_s: float = 30.0) -> None:
    """Create and grow topics until the broker at *kafka* has the *needed* ones; a repeat changes nothing.

    Raise `TopicsRefused` if that fails.
    """
    deadline = time.monotonic() + timeout_s
    admin = AdminClient({"bootstrap.servers": kafka, "log_level": 2})
    try:
        changes = plan(_present(admin, timeout_s), needed)
        _create(admin, changes.create, timeout_s)
        _grow(admin, changes.grow, timeout_s)
        _await_leaders(admin, needed, deadline)
    except KafkaException as error:
        raise TopicsRefused(f"Kafka at {kafka} did not create the topics: {error.args[0]}") from error


def _present(admin: AdminClient, timeout_s: float) -> dict[str, int]:
    return {
        topic: len(described.partitions)
        for topic, described in admin.list_topics(timeout=timeout_s).topics.items()
    }


def _create(admin: AdminClient, wanted: Mapping[str, int], timeout_s: float) -> None:
    topics = [NewTopic(topic, count, 1, config=_config(topic)) for topic, count in wanted.items()]
    created = (
        admin.create_topics(topics, operation_timeout=timeout_s, request_timeout=timeout_s) if topics else {}
    )
    for future in created.values():
        try:
            future.result(timeout_s)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise


def _grow(admin: AdminClient, wanted: Mapping[str, int], timeout_s: float) -> None:
    topics = [NewPartitions(topic, count) for topic, count in wanted.items()]
    grown = (
        admin.create_partitions(topics, operation_timeout=timeout_s, request_timeout=timeout_s)
        if topics
        else {}
    )
    for future in grown.values():
        future.result(timeout_s)


def _await_leaders(admin: AdminClient, topics: Mapping[str, int], deadline: float) -> None:
    """Return when every partition answers.

    After its creation, or after the broker's start, a topic is listed before its partitions have leaders.
    """
    latest = {TopicPartition(topic, p): LATEST for topic, count in topics.items() for p in range(count)}
    while True:
        try:
            for future in admin.list_offsets(latest, request_timeout=REQUEST_WITHIN_S).values():
                future.result()
        except KafkaException:
            if time.monotonic() > deadline:
                raise
            time.sleep(RETRY_AFTER_S)
        else:
            return


def _config(topic: str) -> dict[str, str]:
    return REFUSE_NULL_KEYS if topic in INGRESS else {}
