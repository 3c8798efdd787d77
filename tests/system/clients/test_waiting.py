"""The ways of waiting that a client claims to work beside, each in a process of its own."""

import subprocess
import sys

import pytest

from system.clients.catalogue import CLIENTS
from tests.system.clients.broker import Broker

BESIDE_GEVENT = [
    name for name in CLIENTS if CLIENTS.load(name).shared and "gevent" in CLIENTS.load(name).waitings
]


@pytest.mark.real
@pytest.mark.parametrize("name", BESIDE_GEVENT)
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


def test_both_confluent_kafka_and_aiokafka_claim_gevent() -> None:
    assert BESIDE_GEVENT == ["confluent-kafka", "aiokafka"]
