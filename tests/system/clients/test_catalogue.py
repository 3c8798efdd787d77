import subprocess
import sys

import pytest

from system.clients.catalogue import CLIENTS
from system.clients.protocol import ClientKind, ClientUnavailable

LIBRARIES = ("confluent_kafka", "kafka", "aiokafka", "uvloop", "pykafka")


@pytest.mark.parametrize("name", list(CLIENTS))
def test_a_row_loads_the_kind_of_its_name(name: str) -> None:
    kind: ClientKind = CLIENTS.load(name)
    assert kind.name == name


@pytest.mark.parametrize("name", ["confluent-kafka", "kafka-python", "aiokafka", "memory"])
def test_the_clients_of_the_lock_file_are_available(name: str) -> None:
    assert CLIENTS.load(name).refusal() is None


def test_pykafka_is_refused_with_the_reason() -> None:
    kind = CLIENTS.load("pykafka")
    assert "Kafka 4" in str(kind.refusal())
    with pytest.raises(ClientUnavailable, match="Kafka 4"):
        kind.open("127.0.0.1:9092", 10)


def test_listing_the_clients_imports_no_library_and_starts_no_thread() -> None:
    script = (
        "import sys, threading\n"
        "from system.clients.catalogue import CLIENTS\n"
        "[CLIENTS.load(name).refusal() for name in CLIENTS]\n"
        f"print([name for name in {LIBRARIES} if name in sys.modules], threading.active_count())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "[] 1\n"
