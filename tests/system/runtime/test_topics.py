"""Topics are created, grown, or refused with a reason."""

import pytest
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # It lists no exports.
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
)

from system.runtime.topics import CONFIGS, Changes, TopicsRefused, configs, ensure, plan, topic_settings
from system.wire.topics import ONE_PARTITION_EACH, PARTITIONS
from tests.live_system import LiveSystem


def test_all_topics_are_created_at_an_empty_broker() -> None:
    assert plan({}, PARTITIONS) == Changes(create=PARTITIONS)


def test_nothing_changes_if_all_exist() -> None:
    assert plan({**PARTITIONS, "__consumer_offsets": 4}, PARTITIONS) == Changes()


def test_the_reply_topic_is_grown() -> None:
    assert plan({**PARTITIONS, "user-events": 8}, PARTITIONS) == Changes(grow={"user-events": 32})


def test_an_ingress_topic_is_not_grown_since_users_would_change_their_partition() -> None:
    with pytest.raises(TopicsRefused, match="topic users has 1 partitions but 16 are needed; use another"):
        plan({**PARTITIONS, "users": 1}, PARTITIONS)


def test_no_topic_shrinks() -> None:
    with pytest.raises(TopicsRefused, match="topic users has 16 partitions but 1 are needed"):
        plan(PARTITIONS, ONE_PARTITION_EACH)


def test_a_broker_that_does_not_answer_is_named() -> None:
    with pytest.raises(TopicsRefused, match=r"Kafka at 127\.0\.0\.1:1 did not create the topics"):
        ensure("127.0.0.1:1", PARTITIONS, timeout_s=0.2)


FORMER_SETTINGS = {"cleanup.policy": "compact,delete", "min.compaction.lag.ms": str(2**63 - 1)}


@pytest.mark.real
def test_topics_that_an_earlier_version_created_get_the_present_settings(running_system: LiveSystem) -> None:
    kafka = running_system.addresses["kafka"]
    admin = AdminClient({"bootstrap.servers": kafka})
    assert topic_settings(admin, PARTITIONS) == CONFIGS
    former = [
        ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
        for name, value in FORMER_SETTINGS.items()
    ]
    users = ConfigResource(ConfigResource.Type.TOPIC, "users", incremental_configs=former)
    for altered in admin.incremental_alter_configs([users]).values():
        altered.result()
    assert topic_settings(admin, PARTITIONS)["users"].items() >= FORMER_SETTINGS.items()
    ensure(kafka, PARTITIONS)
    assert topic_settings(admin, PARTITIONS) == CONFIGS


@pytest.mark.real
def test_commands_are_flushed_if_that_is_chosen_and_no_longer_if_not(running_system: LiveSystem) -> None:
    kafka = running_system.addresses["kafka"]
    admin = AdminClient({"bootstrap.servers": kafka})
    ensure(kafka, PARTITIONS, configs(flush_each_write=True))
    present = topic_settings(admin, PARTITIONS)
    assert [topic for topic in PARTITIONS if present[topic].get("flush.messages") == "1"] == [
        "users",
        "users-create",
    ]
    assert running_system.request("POST", "/users/create")[0] == 201
    ensure(kafka, PARTITIONS)
    assert topic_settings(admin, PARTITIONS) == CONFIGS
