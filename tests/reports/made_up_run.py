"""A small made-up run with samples, whose cells have known speeds; it is the same to the byte each time."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.results.judge.window import figures
from benchmarks.results.store.files import (
    TRIALS_FILE,
    append_probe,
    append_trial,
    read_run,
    read_trials,
    write_run,
)
from benchmarks.results.store.schema import (
    CapacityPlan,
    Cell,
    Environment,
    Load,
    OpenPlan,
    Run,
    Settings,
    Slo,
)
from benchmarks.results.store.trial_schema import (
    Event,
    LedgerReport,
    MachineSpeed,
    Noise,
    OpenLoad,
    Probe,
    Trial,
    Usage,
)
from loadtests.measurement.samples import SAMPLE

WINDOW_NS = 2_000_000_000
OPEN_RATE_PER_S = 1_100.0
TWIN = " (A/A)"
"""Suffix of the name of a cell that repeats another."""
ENVIRONMENT = Environment(
    commit="0123456789abcdef",
    dirty=False,
    operating_system="Linux",
    kernel="6.1",
    cpu_model="made-up processor",
    cores=2,
    memory_mib=24000,
    python="3.11.7",
    java="17.0.9",
    versions={"flask": "3.1.3", "granian": "2.8.7"},
)


def write(
    folder: Path, rates_per_s: dict[str, float], blocks: int = 3, *, fail: bool = False, alike: bool = False
) -> Path:
    """Store a run in *folder* whose cells answer at *rates_per_s*.

    With *fail* every trial is invalid. With *alike* the cells differ only in their number of users.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "samples").mkdir(exist_ok=True)
    made = run(list(rates_per_s), blocks)
    loads = {"cells": as_loads(made.cells), "open": None, "open_rate_per_s": None}
    write_run(folder, made.model_copy(update=loads) if alike else made)
    generator = np.random.default_rng(20)
    for block in range(blocks):
        for name, rate in rates_per_s.items():
            opened = not (fail or alike or name == "seed-2020")
            append_trial(folder, trial(folder, name, block, rate, generator, fail=fail, opened=opened))
    return folder


def run(names: list[str], blocks: int) -> Run:
    return Run(
        run_id="2026-11-24T07-00-00",
        profile="quick",
        seed=7,
        blocks=blocks,
        warm_up_s=1,
        window_s=WINDOW_NS / 1e9,
        reference=names[0],
        started_at="2026-11-24T07:00:00Z",
        finished_at="2026-11-24T07:10:00Z",
        environment=ENVIRONMENT,
        cells=[cell(name) for name in names],
        order=[names] * blocks,
        open=OpenPlan(window_s=WINDOW_NS / 1e9),
        open_rate_per_s=OPEN_RATE_PER_S,
        idle_cpu={"kafka": 0.02, "flink": 0.03},
        settings={
            name: Settings(capacity=64, server={"keep-alive": "75 s"}, client={"acks": "all"})
            for name in names
        },
    )


PLAN = CapacityPlan(slo=Slo(response_ms_p99=50), warm_up_s=1, window_s=2)
COMMON_PER_S = 1_200.0


def add_probes(folder: Path, tried: dict[str, list[tuple[float, bool]]]) -> Path:
    """Add a capacity search to the run in *folder*; *tried* has rates and whether they were sustained."""
    write_run(folder, read_run(folder).model_copy(update={"capacity": PLAN}))
    generator = np.random.default_rng(21)
    for name, rates in tried.items():
        for rate, sustained in rates:
            append_probe(folder, probe(folder, name, rate, generator, sustained=sustained))
        common = probe(folder, name, COMMON_PER_S, generator, sustained=True)
        append_probe(folder, common.model_copy(update={"stage": "common"}))
    return folder


def probe(
    folder: Path, name: str, rate_per_s: float, generator: np.random.Generator, *, sustained: bool
) -> Probe:
    return Probe(
        stage="search",
        rate_per_s=rate_per_s,
        backlog_growth=0.0 if sustained else 0.2,
        sustained=sustained,
        reason=None if sustained else "20.0% of the load piled up, 2.0% are allowed",
        trial=trial(folder, name, 0, rate_per_s, generator, fail=False, opened=False),
    )


def as_loads(cells: list[Cell]) -> list[Cell]:
    return [
        cells[0].model_copy(update={"name": one.name, "load": Load(kind="closed", users=4 ** (place + 1))})
        for place, one in enumerate(cells)
    ]


def cell(name: str) -> Cell:
    parts = name.removesuffix(TWIN).split(" x ")
    return Cell(
        name=name,
        twin_of=name.removesuffix(TWIN) if name.endswith(TWIN) else None,
        server="gunicorn-sync" if name == "seed-2020" else parts[0],
        client="kafka-python" if name == "seed-2020" else parts[-1],
        baseline="seed_2020" if name == "seed-2020" else None,
        processes=1,
        threads=64,
        scenario="mixed",
        load=Load(kind="closed", users=64),
    )


def trial(
    folder: Path,
    name: str,
    block: int,
    rate_per_s: float,
    generator: np.random.Generator,
    *,
    fail: bool,
    opened: bool,
) -> Trial:
    samples = made_up_samples(rate_per_s * generator.uniform(0.96, 1.04), generator)
    file = f"samples/{len(list((folder / 'samples').iterdir()))}.npy"
    np.save(folder / file, samples)
    found = figures(samples, 0, WINDOW_NS)
    return Trial(
        cell=name,
        block=block,
        attempt=1,
        valid=not fail,
        failure="the ledger does not balance: user 3 has 7, its answers make it 5" if fail else None,
        started_at="2026-11-24T07:00:00Z",
        deploy_s=1.0,
        warm_up_s=1.0,
        window_s=WINDOW_NS / 1e9,
        window_start_ns=0,
        window_end_ns=WINDOW_NS,
        requests=found.requests,
        throughput_per_s=found.throughput_per_s,
        drift=found.drift,
        response_ms=found.response_ms,
        service_ms=found.service_ms,
        lag_ms=found.lag_ms,
        by_route=found.by_route,
        hops_ms=found.hops_ms,
        usage={component: usage(seconds) for component, seconds in USED_S.items()},
        noise=Noise(steal_fraction=0, foreign_cpu_fraction=0.01, pressure_cpu_some=3.0, load_1min=2.0),
        ledger=LedgerReport(
            verdict="invalid" if fail else "valid", users=100, updates=900, lost=0, doubled=0, indeterminate=0
        ),
        samples=file,
        open=open_load(folder, generator) if opened else None,
        speed_before=MachineSpeed(one_core=0.5, two_cores=0.4, wake_up_us=20),
        speed_after=MachineSpeed(one_core=0.52, two_cores=0.42, wake_up_us=22),
        events=[checkpoint(start_s) for start_s in (-0.7, 0.3, 1.3)],
    )


def add_repeat(folder: Path, cell: str, block: int) -> None:
    """Store an invalid trial of *cell* in *block*, in which Kafka was away, before the valid one."""
    trials = read_trials(folder)
    away = Event(kind="restart", component="kafka", start_s=0.8, end_s=1.1)
    (folder / TRIALS_FILE).unlink()
    for one in trials:
        repeated = (one.cell, one.block) == (cell, block)
        if repeated:
            broken = {"valid": False, "failure": "kafka restarted once", "events": [*one.events, away]}
            append_trial(folder, one.model_copy(update=broken))
        append_trial(folder, one.model_copy(update={"attempt": 2}) if repeated else one)


def edit_trials(folder: Path, edit: Callable[[Trial], Trial]) -> Path:
    """Replace every trial in *folder* by what *edit* makes of it."""
    trials = read_trials(folder)
    (folder / TRIALS_FILE).unlink()
    for one in trials:
        append_trial(folder, edit(one))
    return folder


def open_load(folder: Path, generator: np.random.Generator) -> OpenLoad:
    """The open loop of a trial, of which every 500th request failed."""
    samples = made_up_samples(OPEN_RATE_PER_S, generator)
    samples["status"][::500] = 503
    samples["sent_ns"] += 500_000
    file = f"samples/{len(list((folder / 'samples').iterdir()))}.npy"
    np.save(folder / file, samples)
    return OpenLoad(
        rate_per_s=OPEN_RATE_PER_S,
        warm_up_s=1.0,
        window_s=WINDOW_NS / 1e9,
        window_start_ns=0,
        window_end_ns=WINDOW_NS,
        samples=file,
        **vars(figures(samples, 0, WINDOW_NS)),
    )


def checkpoint(start_s: float) -> Event:
    return Event(kind="checkpoint", component="flink", start_s=start_s, end_s=start_s + 0.03)


USED_S = {"endpoint": 0.9, "kafka": 0.4, "flink": 0.6, "functions": 0.2, "generator": 0.8}


def usage(seconds: float) -> Usage:
    return Usage(cpu_s=seconds, rss_peak_mib=300, voluntary_switches=10, involuntary_switches=1)


def made_up_samples(rate_per_s: float, generator: np.random.Generator) -> np.ndarray:
    count = int(rate_per_s * WINDOW_NS / 1e9)
    samples = np.zeros(count, SAMPLE)
    samples["intended_ns"] = np.linspace(0, WINDOW_NS - 1, count)
    samples["sent_ns"] = samples["intended_ns"]
    samples["ended_ns"] = samples["sent_ns"] + (generator.lognormal(2.5, 0.5, count) * 1e6).astype("i8")
    samples["route"] = generator.integers(0, 5, count)
    samples["status"] = 200
    for hop, share in (("endpoint", 0.2), ("request", 0.4), ("function", 0.1), ("reply", 0.3)):
        samples[f"{hop}_ms"] = share * 10
    samples["total_ms"] = 10
    return samples
