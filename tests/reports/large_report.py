"""Time to render a large report; `python -m tests.reports.large_report [CELLS BLOCKS]` prints the seconds."""

import sys
import tempfile
import time
from pathlib import Path

from reports.render import open_report, write_report
from tests.reports import made_up_run

CELLS, BLOCKS = 40, 8
PROMISE_S = 15.0
"""Of `CELLS` cells in `BLOCKS` blocks, on two quiet cores."""


def write_large_run(folder: Path, cells: int, blocks: int) -> Path:
    """Store a run with open loops in *folder*; about a million requests for 40 cells in 8 blocks."""
    rates = {f"server-{i // 5} x client-{i % 5}": 1_200.0 + 20 * i for i in range(cells)}
    return made_up_run.write(folder, rates, blocks)


def rendering(folder: Path) -> tuple[float, float]:
    """Return seconds of wall clock and of CPU time in which the report of *folder* is written."""
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    write_report(open_report(folder), folder)
    return time.perf_counter() - wall_s, time.process_time() - cpu_s


if __name__ == "__main__":
    cells, blocks = map(int, sys.argv[1:3]) if len(sys.argv) > 2 else (CELLS, BLOCKS)
    with tempfile.TemporaryDirectory() as temporary:
        wall_s, cpu_s = rendering(write_large_run(Path(temporary), cells, blocks))
    size = f"{cells} cells x {blocks} blocks"
    print(f"{size}: {wall_s:.1f} s, {cpu_s:.1f} s of CPU time; promised {PROMISE_S:g} s")
