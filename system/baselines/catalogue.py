"""The reference systems that a report compares with: fixed choices of server, client and settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Baseline:
    """An application under one name, and what it fixes; None leaves a part to who asks for it."""

    name: str
    app: str
    """The factory of its WSGI application, `module:factory`."""
    server: str | None = None
    client: str | None = None
    processes: int | None = None
    threads: int | None = None
    partitions: int | None = None
    """Of every topic."""
    flink_buffer_timeout_ms: int | None = None

    @property
    def fixed(self) -> Mapping[str, Any]:
        """The parts of the endpoint that it fixes, by name."""
        parts = {name: getattr(self, name) for name in ("server", "client", "processes", "threads")}
        return {name: part for name, part in parts.items() if part is not None}

    @property
    def has_own_runtime(self) -> bool:
        """Whether Kafka and Flink have to be set up for it."""
        return self.partitions is not None or self.flink_buffer_timeout_ms is not None


SEED_2020 = Baseline(
    name="seed_2020",
    server="gunicorn-sync",
    client="kafka-python",
    processes=4,
    threads=1,
    app="system.baselines.seed_2020:open_app",
    partitions=1,
    flink_buffer_timeout_ms=100,
)

BARE = Baseline(name="bare", app="system.baselines.bare:open_app")

BASELINES: Mapping[str, Baseline] = {baseline.name: baseline for baseline in (SEED_2020, BARE)}
