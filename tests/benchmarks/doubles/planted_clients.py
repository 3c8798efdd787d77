"""confluent-kafka with planted faults, as another package would bring a client: by entry points."""

import time
from collections.abc import Mapping
from pathlib import Path

from system.clients.confluent import CONFLUENT_KAFKA
from system.clients.protocol import Client, OnFailure
from system.concurrency import Waiting

BUSY_S = 0.002
STALL_S = 1.5
STALL_EVERY_S = 1.7


class Slow:
    """Is busy for 2 ms with each record that it sends: of CPU time, which no neighbour takes away."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def partitions(self, topic: str) -> int:
        return self._client.partitions(topic)

    def assign(self, topic: str, partition: int) -> None:
        self._client.assign(topic, partition)

    def send(self, topic: str, key: bytes, value: bytes, on_failure: OnFailure) -> None:
        until = time.thread_time() + BUSY_S
        while time.thread_time() < until:
            pass
        self._client.send(topic, key, value, on_failure)

    def poll(self, timeout_s: float) -> list[bytes]:
        return self._client.poll(timeout_s)

    def settings(self) -> Mapping[str, str]:
        return self._client.settings()

    def close(self) -> None:
        self._client.close()


class Stalling(Slow):
    """Reads no reply for 1.5 s of every 1.7 s."""

    _next_s = 0.0

    def send(self, topic: str, key: bytes, value: bytes, on_failure: OnFailure) -> None:
        self._client.send(topic, key, value, on_failure)

    def poll(self, timeout_s: float) -> list[bytes]:
        if time.monotonic() >= self._next_s:
            self._next_s = time.monotonic() + STALL_EVERY_S
            time.sleep(STALL_S)
        return self._client.poll(timeout_s)


class Planted:
    """The kind of a client that wraps the real one in *fault*."""

    distribution: str | None = CONFLUENT_KAFKA.distribution
    shared = True
    waitings: frozenset[Waiting] = frozenset({"thread"})

    def __init__(self, name: str, fault: type[Slow]) -> None:
        self.name = name
        self._fault = fault

    def refusal(self) -> str | None:
        return None

    def open(self, kafka: str, deadline_s: float) -> Client:
        return self._fault(CONFLUENT_KAFKA.open(kafka, deadline_s))


SLOW = Planted("planted-slow", Slow)
STALLING = Planted("planted-stalling", Stalling)


def install(folder: Path) -> Path:
    """Make a distribution in *folder* that brings these clients; return what must be on PYTHONPATH."""
    package = folder / "planted-0.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: planted\nVersion: 0\n")
    rows = [f"{one.name} = {__name__}:{name}" for name, one in (("SLOW", SLOW), ("STALLING", STALLING))]
    (package / "entry_points.txt").write_text("\n".join(["[statefun_bench.clients]", *rows, ""]))
    return folder
