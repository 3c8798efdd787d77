"""Catalogue of the baselines: reference systems with a fixed application, server, client and settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Baseline:
    """An application and the parts that it fixes; the caller chooses the parts that are None."""

    name: str
    app: str
    """The factory of its WSGI application, `module:factory`."""
    server: str | None = None
    client: str | None = None
    processes: int | None = None
    threads: int | None = None
    partitions: int | None = None
    """The number of partitions of every topic."""
    flink_buffer_timeout_ms: int | None = None

    @property
    def fixed(self) -> Mapping[str, Any]:
        """The fixed parts of the endpoint, by name."""
        parts = {name: getattr(self, name) for name in ("server", "client", "processes", "threads")}
        return {name: part for name, part in parts.items() if part is not None}

    @property
    def has_own_runtime(self) -> bool:
        """Whether it needs its own settings of Kafka and Flink."""
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
