"""The files that a load leaves: `samples.npy`, `load.json`, `credits.json` and `ledger.json`."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from loadtests.ledger.credits import Credits, credits_text, parse_credits
from loadtests.ledger.judge import Ledger
from loadtests.ledger.judge import merge as merge_ledgers
from loadtests.measurement.units import NS_PER_S
from loadtests.measurement.window import BY_GENERATOR, lag_ms_p99

CPU_LIMIT = 0.9
"""The share of one core above which the generator is the bottleneck."""


@dataclass(frozen=True)
class LoadRecord:
    """The fields of `load.json`."""

    scenario: str
    load: str
    seed: int
    users: int
    rate: float | None
    """Requests per second that an open loop plans at its full level; None in a closed loop."""
    t0_ns: int
    window_start_ns: int
    window_end_ns: int
    planned: int | None
    """Requests of an open loop's schedule; None in a closed loop."""
    recorded: int
    unfinished: int
    """Requests that had not ended when the load stopped waiting for them."""
    cut: bool
    """The load was ended by a signal before its time."""
    cpu_s: float
    """CPU time that the generator used within the window."""
    lag_ms_p99: float
    """Of the requests due in the window: send - intended start."""
    steady: bool | None = None
    """Whether throughput was steady when the window began; None where the warm-up was fixed."""
    invalid: list[str] = field(default_factory=list)
    """Why this load is not the one that was requested; empty if it is."""


class LoadOutput(NamedTuple):
    """The output of one process of a load, or of all of them together."""

    samples: NDArray[np.void]
    load: LoadRecord
    ledger: Ledger
    credits: list[Credits]
    """One per process, in the order of the samples."""


def invalid_reasons(load: LoadRecord, lag_limit_ms: float, processes: int = 1) -> list[str]:
    """Return a sentence for each reason why *load* is not the one that was requested."""
    core_s = processes * (load.window_end_ns - load.window_start_ns) / NS_PER_S
    found = [] if load.cut else unplanned(load.planned, load.recorded)
    if load.unfinished:
        found.append(f"{load.unfinished} requests had not ended when the load did.")
    if load.lag_ms_p99 > lag_limit_ms:
        found.append(
            f"{BY_GENERATOR} sent late: lag p99 {load.lag_ms_p99:.1f} ms, at most {lag_limit_ms:g} allowed."
        )
    if not load.cut and core_s and load.cpu_s / core_s > CPU_LIMIT:
        found.append(
            f"{BY_GENERATOR} used {load.cpu_s / core_s:.0%} of a core, at most {CPU_LIMIT:.0%} allowed."
        )
    return found


def unplanned(planned: int | None, recorded: int) -> list[str]:
    """Return a sentence if the number of requests recorded is not the number planned (None: any)."""
    if planned is None or planned == recorded:
        return []
    return [f"{planned} requests were planned and {recorded} recorded."]


def worker_folder(out: Path, index: int | None) -> Path:
    """Return the folder within *out* of worker *index*; *out* itself where there are no workers."""
    return out if index is None else out / f"worker-{index}"


def merge(parts: Sequence[LoadOutput], planned: int | None, lag_limit_ms: float) -> LoadOutput:
    """Merge the outputs of the workers of one machine; the window is the one that all of them share."""
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
    of_all = invalid_reasons(load, lag_limit_ms, processes=len(loads))
    of_each = [reason for one in loads for reason in one.invalid]
    load = replace(load, invalid=list(dict.fromkeys(of_all + of_each)))
    ledger = merge_ledgers(part.ledger for part in parts)
    return LoadOutput(samples, load, ledger, [one for part in parts for one in part.credits])


def write(out: Path, output: LoadOutput) -> None:
    """Write the four files into *out*, first the samples, from which the others are derived."""
    out.mkdir(parents=True, exist_ok=True)
    np.save(out / "samples.npy", output.samples)
    (out / "load.json").write_text(json.dumps(asdict(output.load), indent=2) + "\n")
    (out / "credits.json").write_text(credits_text(output.credits))
    (out / "ledger.json").write_text(json.dumps(asdict(output.ledger), indent=2) + "\n")


def read(out: Path) -> LoadOutput:
    """Read the four files of a load from *out*."""
    return LoadOutput(
        np.load(out / "samples.npy"),
        LoadRecord(**json.loads((out / "load.json").read_text())),
        Ledger(**json.loads((out / "ledger.json").read_text())),
        parse_credits((out / "credits.json").read_text()),
    )
