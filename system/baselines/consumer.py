"""Reads every reply there is from now on, as each worker of the 2020 project did."""

import time
from typing import Any

from system.clients.protocol import ClientUnavailable
from system.endpoint.messages import USER_EVENTS

POSITION_WITHIN_S = 10.0
POLL_MS = 100


def events_from_now(kafka: str) -> Any:
    """Return a consumer of all of `user-events`, without a group, once it knows from where on it reads."""
    from kafka import KafkaConsumer

    consumer = KafkaConsumer(USER_EVENTS, bootstrap_servers=[kafka], auto_offset_reset="latest")
    deadline_s = time.monotonic() + POSITION_WITHIN_S
    while not _has_positions(consumer):
        if time.monotonic() > deadline_s:
            raise ClientUnavailable(f"no position in {USER_EVENTS} at {kafka} within {POSITION_WITHIN_S} s")
        consumer.poll(timeout_ms=POLL_MS)  # what it returns was asked for by a worker before this one
    return consumer


def _has_positions(consumer: Any) -> bool:
    assigned = consumer.assignment()
    return bool(assigned) and all(
        consumer.position(each, timeout_ms=POLL_MS) is not None for each in assigned
    )
