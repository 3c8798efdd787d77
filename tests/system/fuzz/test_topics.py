"""Garbage written to the topics is counted and logged without further effect."""

import json
import random
import re
import urllib.request
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from confluent_kafka import KafkaError, Message, Producer

from tests.live_system import LiveSystem, eventually
from tests.system.contract.client import metric_of

pytestmark = pytest.mark.real

SEED = 2020
TIMEOUT_S = 20.0
INGRESS, EVENTS = ("users", "users-create"), "user-events"
KEYS = [b"", b"0", b"create", b"nobody", b"\xff\xfe", b"\x00", b"k" * 100_000]


def garbage() -> list[bytes]:
    draw = random.Random(SEED)
    return [
        b"",
        b"\xff\xff",
        b"\x00" * 100,
        b"x" * 100_000,
        *(draw.randbytes(draw.randint(1, 300)) for _ in range(40)),
    ]


def write(system: LiveSystem, records: Sequence[tuple[str, bytes | None, bytes | None]]) -> None:
    """Write *records* of topic, key and value."""
    failures: list[str] = []

    def delivered(error: KafkaError | None, _: Message) -> None:
        if error is not None:
            failures.append(error.name())

    producer = Producer({"bootstrap.servers": system.addresses["kafka"], "log_level": 2})
    for topic, key, value in records:
        producer.produce(topic, value, key, on_delivery=delivered)
    assert producer.flush(TIMEOUT_S) == 0
    assert failures == []


def dropped_records(system: LiveSystem) -> Counter[str]:
    """Return the number of records that the functions have dropped, by reason."""
    (address,) = (part["address"] for part in system.components() if part["component"] == "functions")
    with urllib.request.urlopen(f"{address}/metrics", timeout=TIMEOUT_S) as answer:
        lines = answer.read().decode().splitlines()
    counts = (re.fullmatch(r'\w+{reason="(\w+)"} (\d+)', line) for line in lines)
    return Counter({found[1]: int(found[2]) for found in counts if found})


def restarts(system: LiveSystem) -> dict[str, int]:
    """Return the restarts of the job by its id; either changes if a record makes it fail."""
    with urllib.request.urlopen(f"{system.addresses['flink']}/jobs/overview", timeout=TIMEOUT_S) as answer:
        (job,) = json.load(answer)["jobs"]
    url = f"{system.addresses['flink']}/jobs/{job['jid']}/metrics?get=numRestarts"
    metrics = eventually(lambda: json.load(urllib.request.urlopen(url, timeout=TIMEOUT_S)), TIMEOUT_S)
    return {job["jid"]: int(metrics[0]["value"])}


@pytest.mark.parametrize("topic", INGRESS)
def test_records_without_key_or_value_are_counted_and_the_job_goes_on(
    running_system: LiveSystem, topic: str
) -> None:
    before, dropped = restarts(running_system), dropped_records(running_system)
    write(running_system, [(topic, None, b"x"), (topic, b"0", None), (topic, None, None)])
    expected = Counter({"no_key": 2, "no_value": 1})
    eventually(lambda: dropped_records(running_system) - dropped == expected, TIMEOUT_S)
    assert running_system.request("POST", "/users/create")[0] == 201
    assert restarts(running_system) == before
    log = (running_system.data_dir / "logs" / "functions.log").read_text(errors="replace")
    assert re.search(rf"dropped a record to '{topic}-\d+ at offset \d+': no_key", log)


@pytest.mark.parametrize("topic", INGRESS)
def test_garbage_to_the_functions_is_counted_and_logged(running_system: LiveSystem, topic: str) -> None:
    before, dropped = restarts(running_system), dropped_records(running_system)
    write(running_system, [(topic, key, value) for key in KEYS for value in garbage()])
    assert running_system.request("GET", "/readyz")[0] == 200
    assert running_system.request("POST", "/users/create")[0] == 201
    assert dropped_records(running_system).total() > dropped.total()
    assert restarts(running_system) == before
    log = Path(running_system.data_dir / "logs" / "functions.log").read_text(errors="replace")
    assert "dropped a record to " in log


def test_garbage_among_the_replies_is_counted(running_system: LiveSystem) -> None:
    before = metric_of(running_system.endpoint, "endpoint_unknown_replies_total")
    records = [
        (EVENTS, key, value)
        for key in [None, *(str(n).encode() for n in range(64))]
        for value in garbage()[:8]
    ]
    write(running_system, records)
    eventually(
        lambda: metric_of(running_system.endpoint, "endpoint_unknown_replies_total") > before, TIMEOUT_S
    )
    assert running_system.request("POST", "/users/create")[0] == 201
