"""The reference systems that a report compares with: fixed choices of server, client and settings."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Baseline:
    """A whole configuration under one name."""

    name: str
    server: str
    client: str
    processes: int
    threads: int
    app: str
    """The factory of its WSGI application, `module:factory`."""
    partitions: int
    """Of every topic."""
    flink_buffer_timeout_ms: int


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

BASELINES: Mapping[str, Baseline] = {baseline.name: baseline for baseline in (SEED_2020,)}
