"""`python -m benchmarks` with the doubles in the place of the other parts.

Its first arguments, up to `--`, are faults: `system:--up-fails`, `loadtests:--fails=granian`. With
`shared:DATA_DIR` the other parts are real, but for a system that runs already. `checkout:DIR` is where other
versions come from.
"""

import sys
from pathlib import Path

from benchmarks.cli.program import main
from benchmarks.environment import ROOT
from benchmarks.results.command_lines import CommandLines
from benchmarks.results.store.schema import Environment
from benchmarks.results.store.trial_schema import MachineSpeed
from benchmarks.run_context import Dependencies
from tests.benchmarks.results.runs import ENVIRONMENT

HERE = Path(__file__).parent
SPEED = MachineSpeed(one_core=0.5, two_cores=0.4, wake_up_us=20)


def environment() -> Environment:
    return ENVIRONMENT


def commands(faults: list[str]) -> CommandLines:
    def double(part: str) -> list[str]:
        asked = [fault.partition(":")[2] for fault in faults if fault.startswith(f"{part}:")]
        return [sys.executable, str(HERE / f"fake_{part}.py"), *asked]

    return CommandLines(system=double("system"), loadtests=double("loadtests"), reports=double("reports"))


def asked(faults: list[str], kind: str) -> str | None:
    return next((fault.partition(":")[2] for fault in faults if fault.startswith(f"{kind}:")), None)


def on(data_dir: str) -> CommandLines:
    return CommandLines(system=[sys.executable, str(HERE / "shared_system.py"), data_dir])


def run(arguments: list[str]) -> None:
    at = arguments.index("--")
    faults, sys.argv[1:] = arguments[:at], arguments[at + 1 :]
    shared, checkout = asked(faults, "shared"), asked(faults, "checkout")
    parts = on(shared) if shared else commands(faults)
    main(Dependencies(parts, environment, lambda: SPEED, Path(checkout or ROOT)))


if __name__ == "__main__":
    run(sys.argv[1:])
