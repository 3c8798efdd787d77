"""`python -m benchmarks` with the doubles in the place of the other parts.

Its first arguments, up to `--`, are faults: `system:--up-fails`, `loadtests:--fails=granian`.
"""

import sys
from pathlib import Path

from benchmarks.cli.program import main
from benchmarks.commands import Commands
from benchmarks.results.schema import Environment
from benchmarks.surroundings import Surroundings

HERE = Path(__file__).parent


def environment() -> Environment:
    return Environment(
        commit="0123abc",
        dirty=False,
        operating_system="Debian",
        kernel="6.1",
        cpu_model="any",
        cores=2,
        memory_mib=1024,
        python="3.11",
        java="17",
        versions={"flask": "3"},
    )


def commands(faults: list[str]) -> Commands:
    def double(part: str) -> list[str]:
        asked = [fault.partition(":")[2] for fault in faults if fault.startswith(f"{part}:")]
        return [sys.executable, str(HERE / f"fake_{part}.py"), *asked]

    return Commands(system=double("system"), loadtests=double("loadtests"), reports=double("reports"))


if __name__ == "__main__":
    at = sys.argv.index("--")
    faults, sys.argv[1:] = sys.argv[1:at], sys.argv[at + 1 :]
    main(Surroundings(commands(faults), environment))
