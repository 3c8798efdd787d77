"""A cell that cannot work is left out; the reason is printed before the first trial and stored."""

from pathlib import Path

from benchmarks.results.store.files import read_run, read_trials
from tests.benchmarks.program import PROFILE, call, only_run, write_profile

CANNOT_WORK = """
[[cells]]
server = "granian"
client = "memory"
processes = 2

[[cells]]
server = "granian"
client = "pykafka"
"""
REASON = "client memory keeps its users in one process; --processes 2 has to be 1"


def run(tmp_path: Path, profile: str) -> tuple[int, str]:
    file = write_profile(tmp_path, profile)
    done = call("run", str(file), "--results", str(tmp_path / "results"), "--blocks", "1")
    return done.returncode, done.stdout + done.stderr


def test_cells_that_cannot_work_are_left_out_with_their_reasons(tmp_path: Path) -> None:
    code, output = run(tmp_path, PROFILE + CANNOT_WORK)
    assert code == 0, output
    folder = only_run(tmp_path / "results")
    left_out = {out.cell: out.reason for out in read_run(folder).left_out}
    assert [name.split(",")[0] for name in left_out] == ["granian x memory", "granian x pykafka"]
    assert next(iter(left_out.values())) == REASON
    assert all(f"left out: {cell}: {reason}" in output for cell, reason in left_out.items())
    assert not {trial.cell for trial in read_trials(folder)} & set(left_out)


def test_a_reference_that_cannot_work_ends_the_run_before_it_starts(tmp_path: Path) -> None:
    code, output = run(tmp_path, PROFILE.replace('client = "kafka-python"', 'client = "pykafka"'))
    assert code == 3
    assert output.startswith(
        "error: the reference seed-2020 cannot run here: pykafka 2.8.0, its last release,"
    )
    assert not (tmp_path / "results").exists()
