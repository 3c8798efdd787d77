"""Runs of known truth, made of values."""

import numpy as np

from benchmarks.results.store.schema import Cell, Environment, Load, Run
from benchmarks.results.store.trial_schema import LedgerReport, Noise, Requests, Spread, Trial, Usage

BALANCED = LedgerReport(verdict="valid", users=1, updates=1, lost=0, doubled=0, indeterminate=0)
UNBALANCED = BALANCED.model_copy(update={"verdict": "invalid", "doubled": 1})
ENVIRONMENT = Environment(
    commit="0123abc",
    dirty=False,
    operating_system="Debian",
    kernel="6.1",
    cpu_model="any",
    cores=2,
    memory_mib=1024,
    python="3.11",
    java="17",
    versions={},
)

NOISY = {
    "granian": (549.0, 610.0, 420.0),
    "gthread x confluent-kafka": (333.0, 340.0, 329.0),
    "gthread x kafka-python": (322.0, 400.0, 250.0),
    "sync": (132.0, 310.0, 60.0),
    "seed-2020": (20.0, 21.0, 19.5),
}
"""Throughput by block in three noisy blocks: the spread of the fastest cell hides its lead, while slower
cells agree."""


def cell(name: str, **more: object) -> Cell:
    load = Load(kind="closed", users=4)
    return Cell.model_validate(
        {
            "name": name,
            "server": "s",
            "client": "c",
            "processes": 1,
            "threads": 2,
            "scenario": "mixed",
            "load": load,
        }
        | more
    )


def run(*cells: Cell, blocks: int = 8, **more: object) -> Run:
    return Run.model_validate(
        {
            "run_id": "r",
            "profile": "p",
            "seed": 1,
            "blocks": blocks,
            "warm_up_s": 1,
            "window_s": 10,
            "reference": cells[0].name,
            "started_at": "2026-01-01T00:00:00+00:00",
            "environment": ENVIRONMENT,
            "cells": cells,
            "order": [[one.name for one in cells]] * blocks,
        }
        | more
    )


def trial(name: str, block: int, throughput_per_s: float, **more: object) -> Trial:
    """A valid trial in which each request cost the endpoint 0.5 ms and Kafka 0.25 ms."""
    ms = 1000 / throughput_per_s
    answered = round(throughput_per_s * 10)
    used = {"endpoint": 0.5, "kafka": 0.25, "generator": 0.3}
    return Trial.model_validate(
        {
            "cell": name,
            "block": block,
            "attempt": 1,
            "valid": True,
            "failure": None,
            "started_at": "2026-01-01T00:00:00+00:00",
            "window_s": 10,
            "requests": Requests(sent=answered, succeeded=answered, failed=0, by_status={"200": answered}),
            "throughput_per_s": throughput_per_s,
            "response_ms": Spread(
                count=max(answered, 2_000), mean=ms, p50=ms, p90=ms, p95=ms, p99=3 * ms, max=9 * ms
            ),
            "usage": {
                part: Usage(
                    cpu_s=each * throughput_per_s / 100,
                    rss_peak_mib=50 + block,
                    voluntary_switches=1,
                    involuntary_switches=1,
                )
                for part, each in used.items()
            },
            "noise": Noise(steal_fraction=0, foreign_cpu_fraction=0, pressure_cpu_some=None, load_1min=1),
            "ledger": BALANCED,
        }
        | more
    )


def blocks_of(
    name: str, throughput_per_s: float, blocks: int = 8, noise: float = 0.02, seed: int = 1
) -> list[Trial]:
    """One valid trial a block; the machine slows whole blocks alike for every cell, and each trial varies."""
    machine = np.random.default_rng(99).normal(1, 0.1, blocks)
    own = np.random.default_rng(seed).normal(1, noise, blocks)
    return [trial(name, block, throughput_per_s * machine[block] * own[block]) for block in range(blocks)]
