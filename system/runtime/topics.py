"""The topics of the system, created before Flink starts."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # It lists no exports.
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ConfigSource,
    OffsetSpec,
)
from confluent_kafka.cimpl import NewPartitions, NewTopic

from system.wire.topics import INGRESS, USER_EVENTS, USERS, USERS_CREATE

Configs = Mapping[str, Mapping[str, str]]
"""Topic -> the names and values of its settings."""

REQUEST_WITHIN_S = 5.0
RETRY_AFTER_S = 0.02
TOPIC_SETTING: int = ConfigSource.DYNAMIC_TOPIC_CONFIG.value
LATEST: OffsetSpec = OffsetSpec.latest()  # type: ignore[no-untyped-call]  # It has no annotation.

# Commands are kept for ever. A start without a checkpoint then rebuilds every user from them, and one from
# an older checkpoint finds all that followed it, however long the system was down. The price is disk: see
# docs/durability.md. There is no compaction, since an update does not replace the one before.
KEEP_FOREVER = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}
# A reply is read within the deadline of its request, or by nobody. The broker's time decides, since the clock
# of a producer could keep a segment. A segment goes as a whole, 10 to 16 minutes after its last reply.
KEEP_MINUTES = {
    "cleanup.policy": "delete",
    "retention.ms": "600000",
    "segment.ms": "300000",
    "segment.bytes": str(16 << 20),
    "message.timestamp.type": "LogAppendTime",
}
CONFIGS = {USERS: KEEP_FOREVER, USERS_CREATE: KEEP_FOREVER, USER_EVENTS: KEEP_MINUTES}
"""The settings of each topic. A topic that an earlier version created gets them at the next start."""
FLUSH_EACH_WRITE = {"flush.messages": "1"}
"""The broker writes each batch of records to the disk before it confirms it (fsync)."""


def configs(*, flush_each_write: bool) -> Configs:
    """Return the settings of each topic; *flush_each_write* is about those of the commands."""
    flush = FLUSH_EACH_WRITE if flush_each_write else {}
    return {topic: config | flush if topic in INGRESS else config for topic, config in CONFIGS.items()}


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


def ensure(
    kafka: str, needed: Mapping[str, int], configs: Configs = CONFIGS, timeout_s: float = 30.0
) -> None:
    """Create, grow and configure topics until the broker at *kafka* has the *needed* ones.

    A repeat changes nothing. Raise `TopicsRefused` if that fails.
    """
    deadline = time.monotonic() + timeout_s
    admin = AdminClient({"bootstrap.servers": kafka, "log_level": 2})
    try:
        present = _present(admin, timeout_s)
        changes = plan(present, needed)
        _create(admin, changes.create, configs, timeout_s)
        _grow(admin, changes.grow, timeout_s)
        _await_leaders(admin, needed, deadline)
        # A topic that was created just now has its settings; the broker may not know it everywhere yet.
        _configure(admin, {topic: configs[topic] for topic in needed if topic in present}, timeout_s)
    except KafkaException as error:
        raise TopicsRefused(f"Kafka at {kafka} did not create the topics: {error.args[0]}") from error


def _present(admin: AdminClient, timeout_s: float) -> dict[str, int]:
    return {
        topic: len(described.partitions)
        for topic, described in admin.list_topics(timeout=timeout_s).topics.items()
    }


def _create(admin: AdminClient, wanted: Mapping[str, int], configs: Configs, timeout_s: float) -> None:
    topics = [NewTopic(topic, count, 1, config=dict(configs[topic])) for topic, count in wanted.items()]
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


def _configure(admin: AdminClient, configs: Configs, timeout_s: float) -> None:
    """Give each topic its settings in *configs*, and no others; an earlier version may have set some."""
    changed = [
        ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=changes)
        for topic, present in topic_settings(admin, configs, timeout_s).items()
        if (changes := _config_changes(present, configs[topic]))
    ]
    altered = admin.incremental_alter_configs(changed, request_timeout=timeout_s) if changed else {}
    for future in altered.values():
        future.result(timeout_s)


def topic_settings(
    admin: AdminClient, topics: Iterable[str], timeout_s: float = REQUEST_WITHIN_S
) -> dict[str, dict[str, str]]:
    """Return the settings of each of *topics* that are its own, not the broker's defaults."""
    resources = [ConfigResource(ConfigResource.Type.TOPIC, topic) for topic in topics]
    described = admin.describe_configs(resources, request_timeout=timeout_s) if resources else {}
    return {resource.name: _own_settings(found.result(timeout_s)) for resource, found in described.items()}


def _own_settings(described: Mapping[str, ConfigEntry]) -> dict[str, str]:
    # The stub says that the source is a `ConfigSource`; it is a number.
    sources: Mapping[str, object] = {name: entry.source for name, entry in described.items()}
    return {name: str(described[name].value) for name, source in sources.items() if source == TOPIC_SETTING}


def _config_changes(present: Mapping[str, str], wanted: Mapping[str, str]) -> list[ConfigEntry]:
    setting, deleting = AlterConfigOpType.SET, AlterConfigOpType.DELETE
    different = wanted.items() - present.items()
    return [
        *(ConfigEntry(name, value, incremental_operation=setting) for name, value in different),
        *(ConfigEntry(name, None, incremental_operation=deleting) for name in present.keys() - wanted),
    ]


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
