"""Stands in for `python -m loadtests`: writes the samples of a load that it does not make.

A faked request takes 20 ms from `seed_2020` and 1 ms from all else, or what its version says, one after the
other. An open loop takes as long up to 0.7 of the rate that this makes, and 1 s beyond it. Faults are asked
for before the command: `--ledger-invalid SERVER`, `--fails SERVER`, `--hangs SERVER`.
"""

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import numpy as np

from loadtests.ledger.credits import Credits, credits_text, judge_credits
from loadtests.measurement.samples import NO_CREDIT, NO_USER, ROUTES, SAMPLE

MS = 1_000_000
USER = 3


def samples(start_ns: int, end_ns: int, each_ms: float, seed: int, rate: float | None) -> Any:
    dice = np.random.default_rng(seed)
    gap_ms = 1_000 / rate if rate else each_ms
    takes_ms = 1_000 if rate and rate > 700 / each_ms else each_ms
    rows = np.zeros(int((end_ns - start_ns) / MS / gap_ms), dtype=SAMPLE)
    rows["sent_ns"] = rows["intended_ns"] = start_ns + np.arange(len(rows)) * int(gap_ms * MS)
    rows["ended_ns"] = rows["sent_ns"] + (takes_ms * MS * dice.uniform(0.9, 1.1, len(rows))).astype("i8")
    rows["number"] = rows["operation"] = np.arange(len(rows))
    rows["route"], rows["user"], rows["answered"], rows["credit"] = (
        ROUTES.index("add"),
        USER,
        NO_USER,
        NO_CREDIT,
    )
    rows["amount"] = 1
    rows["status"] = 200
    rows["total_ms"] = each_ms
    rows["endpoint_ms"] = rows["request_ms"] = rows["function_ms"] = rows["reply_ms"] = np.nan
    return rows


def write(out: Path, rows: Any, window: tuple[int, int], *, balanced: bool) -> None:
    np.save(out / "samples.npy", rows)
    t0_ns = int(rows["sent_ns"][0])
    load = {"t0_ns": t0_ns, "window_start_ns": window[0], "window_end_ns": window[1], "steady": True}
    (out / "load.json").write_text(json.dumps(load))
    closing = len(rows) + (0 if balanced else 1)
    credits_ = [Credits(len(rows), opening={USER: 0}, closing={USER: closing}, wanted=1, crossed=[])]
    (out / "credits.json").write_text(credits_text(credits_))
    (out / "ledger.json").write_text(json.dumps(asdict(judge_credits(rows, credits_))))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--ledger-invalid")
    parser.add_argument("--fails")
    parser.add_argument("--hangs")
    parser.add_argument("run")
    parser.add_argument("--host")
    parser.add_argument("--warm-up", type=float)
    parser.add_argument("--window", type=float)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--rate", type=float)
    parser.add_argument("--out", type=Path)
    options, _ = parser.parse_known_args()
    with urlopen(f"{options.host}/which") as answer:
        which = json.load(answer)
    names = (which["server"], which["baseline"])
    if options.fails and options.fails in names:
        print("the service does not answer", file=sys.stderr)
        return 3
    if options.hangs and options.hangs in names:
        time.sleep(3600)
    begin_ns = time.monotonic_ns()
    start_ns = begin_ns + int(options.warm_up * 1e9)
    end_ns = start_ns + int(options.window * 1e9)
    time.sleep(options.warm_up + options.window)
    each_ms = 20.0 if which["baseline"] == "seed_2020" else float(which["request_ms"] or 1)
    rows = samples(begin_ns, end_ns, each_ms, options.seed, options.rate)
    balanced = options.ledger_invalid is None or options.ledger_invalid not in names
    write(options.out, rows, (start_ns, end_ns), balanced=balanced)
    return 0


if __name__ == "__main__":
    sys.exit(main())
