"""Topics are created, grown, or refused with a reason."""

import pytest

from system.runtime.topics import Changes, TopicsRefused, ensure, plan
from system.wire.topics import ONE_PARTITION_EACH, PARTITIONS


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
