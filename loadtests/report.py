"""What is left of a load: `samples.npy`, `load.json` and `ledger.json`."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from loadtests.ledger import Ledger

NS_PER_MS = 1_000_000


@dataclass(frozen=True)
class Load:
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
    invalid: list[str] = field(default_factory=list)
    """Why this load is not what was asked for; empty if it is."""


def lag_ms_p99(samples: NDArray[np.void], start_ns: int, end_ns: int) -> float:
    """Give the 99th percentile of the lag of the requests due from *start_ns* to *end_ns*; 0 without any."""
    due = samples[(samples["intended_ns"] >= start_ns) & (samples["intended_ns"] < end_ns)]
    lags = (due["sent_ns"] - due["intended_ns"]) / NS_PER_MS
    return float(np.percentile(lags, 99)) if len(lags) else 0.0


def complaints(load: Load, lag_limit_ms: float) -> list[str]:
    """Say why *load* is not what was asked for, in a sentence each."""
    window_s = (load.window_end_ns - load.window_start_ns) / 1e9
    found = []
    if load.planned is not None and not load.cut and load.recorded != load.planned:
        found.append(f"{load.planned} requests were planned and {load.recorded} recorded.")
    if load.unfinished:
        found.append(f"{load.unfinished} requests had not ended when the load did.")
    if load.lag_ms_p99 > lag_limit_ms:
        found.append(
            f"The generator sent late: lag p99 {load.lag_ms_p99:.1f} ms, at most {lag_limit_ms:g} allowed."
        )
    if not load.cut and window_s and load.cpu_s / window_s > CPU_LIMIT:
        found.append(
            f"The generator used {load.cpu_s / window_s:.0%} of a core, at most {CPU_LIMIT:.0%} allowed."
        )
    return found


CPU_LIMIT = 0.9
"""The share of one core past which the generator is the bottleneck."""


def write(out: Path, samples: NDArray[np.void], load: Load, ledger: Ledger) -> None:
    """Write the three files into *out*, the samples first: they are what the others come from."""
    out.mkdir(parents=True, exist_ok=True)
    np.save(out / "samples.npy", samples)
    (out / "load.json").write_text(json.dumps(asdict(load), indent=2) + "\n")
    (out / "ledger.json").write_text(json.dumps(asdict(ledger), indent=2) + "\n")


def read(out: Path) -> tuple[NDArray[np.void], Load, Ledger]:
    """Read what `write` wrote."""
    return (
        np.load(out / "samples.npy"),
        Load(**json.loads((out / "load.json").read_text())),
        Ledger(**json.loads((out / "ledger.json").read_text())),
    )
