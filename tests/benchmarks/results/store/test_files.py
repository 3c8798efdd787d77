import json
from pathlib import Path

import pytest

from benchmarks.results.store.files import (
    UnreadableError,
    append_trial,
    drop_torn_line,
    read_run,
    read_trials,
    write_run,
)
from benchmarks.results.store.schema import Run
from benchmarks.results.store.trial_schema import Trial
from tests.benchmarks.results.runs import ENVIRONMENT, cell

RUN = Run(
    run_id="r",
    profile="p",
    seed=1,
    blocks=1,
    warm_up_s=1,
    window_s=1,
    reference="a",
    started_at="2026-01-01T00:00:00+00:00",
    environment=ENVIRONMENT,
    cells=[cell("a")],
    order=[["a"]],
)
TRIAL = Trial(cell="a", block=0, attempt=1, valid=True, failure=None, started_at="2026-01-01T00:00:00+00:00")


def test_a_run_and_its_trials_are_read_as_they_were_written(tmp_path: Path) -> None:
    write_run(tmp_path, RUN)
    append_trial(tmp_path, TRIAL)
    append_trial(tmp_path, TRIAL.model_copy(update={"block": 1}))
    assert read_run(tmp_path) == RUN
    assert [trial.block for trial in read_trials(tmp_path)] == [0, 1]


def test_a_run_of_the_first_schema_is_read(tmp_path: Path) -> None:
    added = {"warm_up_at_most_s", "capacity"}
    old = RUN.model_dump(exclude=added) | {"schema_version": 1}
    (tmp_path / "run.json").write_text(json.dumps(old))
    added = {"client", "steady", "restarts", "complaints"}
    (tmp_path / "trials.jsonl").write_text(TRIAL.model_dump_json(exclude=added) + "\n")
    assert read_run(tmp_path) == RUN
    assert read_trials(tmp_path) == [TRIAL]


def test_a_line_that_a_crash_cut_off_is_left_out_and_then_cut_away(tmp_path: Path) -> None:
    append_trial(tmp_path, TRIAL)
    with (tmp_path / "trials.jsonl").open("a") as file:
        file.write('{"cell": "a", "blo')
    assert read_trials(tmp_path) == [TRIAL]
    drop_torn_line(tmp_path)
    append_trial(tmp_path, TRIAL)
    assert read_trials(tmp_path) == [TRIAL, TRIAL]


def test_a_run_without_trials_has_none(tmp_path: Path) -> None:
    assert read_trials(tmp_path) == []
    drop_torn_line(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (json.dumps({"schema_version": 99}), "schema version 99 is not known, this release reads 1 to 5"),
        (json.dumps({}), "schema version None"),
        ("{", "not JSON"),
        ("[]", "holds no object"),
        (json.dumps(RUN.model_dump() | {"colour": "red"}), "colour: Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(UnreadableError) as caught:
        read_run(tmp_path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="No such file or directory; give the folder of a run"):
        read_run(tmp_path / "nowhere")


def test_nothing_but_the_documents_is_left(tmp_path: Path) -> None:
    write_run(tmp_path, RUN)
    write_run(tmp_path, RUN)
    assert [file.name for file in tmp_path.iterdir()] == ["run.json"]
