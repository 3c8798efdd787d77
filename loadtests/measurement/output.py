"""What is left of a load: `samples.npy`, `load.json` and `ledger.json`."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from loadtests.ledger.judge import Ledger
from loadtests.ledger.judge import merge as merge_ledgers

NS_PER_MS = 1_000_000
CPU_LIMIT = 0.9
"""The share of one core past which the generator is the bottleneck."""


@dataclass(frozen=True)
class LoadRecord:
    """The fields of `load.json`."""

    scenario: str
    load: str
    seed: int
    users: int
    rate: float | None
    """Requests a second that an open loop plans at its full level; None in a closed loop."""
    t0_ns: int
    window_start_ns: int
    window_end_ns: int
    planned: int | None
    """Requests of an open loop's schedule; None in a closed loop."""
    recorded: int
    unfinished: int
    """Requests that had not ended when the load gave up waiting for them."""
    cut: bool
    cpu_s: float
    """CPU that the generator used within the window."""
    lag_ms_p99: float
    """Of the requests due in the window: send - intended start."""
    steady: bool | None = None
    """Whether throughput was steady when the window began; None where the warm-up was fixed."""
    invalid: list[str] = field(default_factory=list)
    """Why this load is not what was asked for; empty if it is."""


class Part(NamedTuple):
    """What one process, or all of them together, made of a load."""

    samples: NDArray[np.void]
    load: LoadRecord
    ledger: Ledger


def lags_ms(samples: NDArray[np.void], start_ns: int, end_ns: int) -> NDArray[np.float64]:
    """Give the lag of each request that was due from *start_ns* to *end_ns*."""
    due = samples[(samples["intended_ns"] >= start_ns) & (samples["intended_ns"] < end_ns)]
    return np.asarray((due["sent_ns"] - due["intended_ns"]) / NS_PER_MS)


def lag_ms_p99(samples: NDArray[np.void], start_ns: int, end_ns: int) -> float:
    """Give the 99th percentile of the lag of the requests due from *start_ns* to *end_ns*; 0 without any."""
    lags = lags_ms(samples, start_ns, end_ns)
    return float(np.percentile(lags, 99)) if len(lags) else 0.0


def complaints(load: LoadRecord, lag_limit_ms: float, processes: int = 1) -> list[str]:
    """Say why *load* is not what was asked for, in a sentence each."""
    core_s = processes * (load.window_end_ns - load.window_start_ns) / 1e9
    found = []
    if load.planned is not None and not load.cut and load.recorded != load.planned:
        found.append(f"{load.planned} requests were planned and {load.recorded} recorded.")
    if load.unfinished:
        found.append(f"{load.unfinished} requests had not ended when the load did.")
    if load.lag_ms_p99 > lag_limit_ms:
        found.append(
            f"The generator sent late: lag p99 {load.lag_ms_p99:.1f} ms, at most {lag_limit_ms:g} allowed."
        )
    if not load.cut and core_s and load.cpu_s / core_s > CPU_LIMIT:
        found.append(
            f"The generator used {load.cpu_s / core_s:.0%} of a core, at most {CPU_LIMIT:.0%} allowed."
        )
    return found


def worker_folder(out: Path, index: int | None) -> Path:
    """Give the folder within *out* of worker *index*; *out* itself where there are no workers."""
    return out if index is None else out / f"worker-{index}"


def merge(parts: Sequence[Part], planned: int | None, lag_limit_ms: float) -> Part:
    """Put the loads of workers of one machine together; the window is that which all of them share."""
    samples = np.concatenate([part.samples for part in parts])
    loads = [part.load for part in parts]
    start_ns, end_ns = max(load.window_start_ns for load in loads), min(load.window_end_ns for load in loads)
    load = replace(
        loads[0],
        t0_ns=min(load.t0_ns for load in loads),
        window_start_ns=start_ns,
        window_end_ns=max(start_ns, end_ns),
        planned=planned,
        recorded=len(samples),
        unfinished=sum(load.unfinished for load in loads),
        cut=any(load.cut for load in loads),
        cpu_s=sum(load.cpu_s for load in loads),
        lag_ms_p99=lag_ms_p99(samples, start_ns, end_ns),
    )
    ours = complaints(load, lag_limit_ms, processes=len(loads))
    theirs = [reason for one in loads for reason in one.invalid]
    load = replace(load, invalid=list(dict.fromkeys(ours + theirs)))
    return Part(samples, load, merge_ledgers(part.ledger for part in parts))


def write(out: Path, samples: NDArray[np.void], load: LoadRecord, ledger: Ledger) -> None:
    """Write the three files into *out*, the samples first: they are what the others come from."""
    out.mkdir(parents=True, exist_ok=True)
    np.save(out / "samples.npy", samples)
    (out / "load.json").write_text(json.dumps(asdict(load), indent=2) + "\n")
    (out / "ledger.json").write_text(json.dumps(asdict(ledger), indent=2) + "\n")


def read(out: Path) -> Part:
    """Read what `write` wrote."""
    return Part(
        np.load(out / "samples.npy"),
        LoadRecord(**json.loads((out / "load.json").read_text())),
        Ledger(**json.loads((out / "ledger.json").read_text())),
    )
