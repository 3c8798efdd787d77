"""Every stored value of a trial, an open load and a probe is broken once, and `validate` names it."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.recomputation import StoredRun
from benchmarks.results.store.files import append_trial, read_probes, read_run, read_trials
from benchmarks.results.store.schema import SCHEMA_VERSION
from benchmarks.results.store.trial_schema import OpenLoad, Probe, Trial
from benchmarks.validation import contradictions, notes
from tests.benchmarks.program import PROFILE, call, only_run, write_profile

MORE = """
[open]
fraction = 0.5
warm_up_s = 0.1
window_s = 0.3

[capacity]
warm_up_s = 0.1
window_s = 0.3
window_at_most_s = 0.3
precision = 0.6
search_blocks = 2
blocks = 1
fractions = [0.5]
slo = { response_ms_p99 = 100 }

[[cells]]"""

OBSERVED = {
    "started_at": "the wall clock at the start, which nothing else holds",
    "deploy_s": "one measurement, of which this is the raw value",
    "client": "the answer of the endpoint, as it came",
    "speed_before": "one measurement, of which these are the raw values",
    "speed_after": "likewise",
}
"""Fields that cannot be computed again, and why."""

EMPTY: dict[str, Any] = {
    "failure": "it was late",
    "reason": "it was late",
    "fraction": 0.25,
    "restarts": {"kafka": 1},
    "complaints": ["it was late"],
    "detail": ["it was late"],
    "events": [{"kind": "checkpoint", "component": "flink", "start_s": 0.1, "end_s": 0.2}],
    "pressure_cpu_some": 12.5,
    "steady": False,
}
"""Values for fields that have none in the run."""

OTHER_WORD = {
    "stage": {"search": "common", "common": "search", "fraction": "search"},
    "verdict": {"valid": "unknown"},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("stored")
    text = PROFILE.replace("[[cells]]", MORE, 1).replace("blocks = 2", "blocks = 1", 1)
    done = call("run", str(write_profile(place, text)), "--results", str(place / "results"))
    assert done.returncode == 0, done.stderr
    return only_run(place / "results")


def stored(folder: Path) -> StoredRun:
    return StoredRun(folder, read_run(folder), SCHEMA_VERSION)


def values_in(document: Any, *place: Any) -> Iterator[tuple[Any, ...]]:
    """The places of all values below *place* in *document*."""
    value = document
    for key in place:
        value = value[key]
    inside = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    if not inside:
        yield place
    for key in inside:
        yield from values_in(document, *place, key)


def broken(document: dict[str, Any], place: tuple[Any, ...]) -> dict[str, Any]:
    """*document* with another value at *place*."""
    copy = json.loads(json.dumps(document))
    at: Any = copy
    for key in place[:-1]:
        at = at[key]
    at[place[-1]] = another(at[place[-1]], str(place[-1]))
    return dict(copy)


def another(value: Any, name: str) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value * 2 + 1
    if isinstance(value, str):
        return OTHER_WORD.get(name, {}).get(value, f"another {value}")
    return EMPTY[name]


def openly_loaded(folder: Path) -> Trial:
    return next(trial for trial in read_trials(folder) if trial.open is not None)


def test_a_run_contradicts_itself_nowhere(folder: Path) -> None:
    run = stored(folder)
    assert contradictions(run, read_trials(folder), read_probes(folder)) == []
    assert list(notes(run)) == []
    assert call("validate", str(folder)).returncode == 0


@pytest.mark.parametrize("name", sorted(Trial.model_fields.keys() - {"open"} - OBSERVED.keys()))
def test_each_value_of_a_trial_that_is_broken_is_named(folder: Path, name: str) -> None:
    trial = openly_loaded(folder)
    for place in values_in(trial.model_dump(mode="json"), name):
        changed = Trial.model_validate(broken(trial.model_dump(mode="json"), place))
        found = contradictions(stored(folder), [changed], [])
        assert any(name in after_name(line) for line in found), (place, found)


@pytest.mark.parametrize("name", OpenLoad.model_fields)
def test_each_value_of_an_open_load_that_is_broken_is_named(folder: Path, name: str) -> None:
    trial = openly_loaded(folder)
    for place in values_in(trial.model_dump(mode="json"), "open", name):
        changed = Trial.model_validate(broken(trial.model_dump(mode="json"), place))
        found = contradictions(stored(folder), [changed], [])
        assert any(f"open.{name}" in after_name(line) for line in found), (place, found)


@pytest.mark.parametrize("stage", ["search", "fraction", "common"])
@pytest.mark.parametrize("name", sorted(Probe.model_fields.keys() - {"trial"}))
def test_each_value_of_a_probe_that_is_broken_is_named(folder: Path, name: str, stage: str) -> None:
    probes = read_probes(folder)
    at = next(at for at, probe in enumerate(probes) if probe.stage == stage)
    changed = Probe.model_validate(broken(probes[at].model_dump(mode="json"), (name,)))
    found = contradictions(stored(folder), [], [*probes[:at], changed, *probes[at + 1 :]])
    assert any(name in after_name(line) for line in found), found


@pytest.mark.parametrize("name", sorted(Trial.model_fields.keys() - {"open"} - OBSERVED.keys()))
def test_the_trial_of_a_probe_is_checked_as_well(folder: Path, name: str) -> None:
    probe, *others = read_probes(folder)
    document = probe.model_dump(mode="json")
    changed = Probe.model_validate(broken(document, next(values_in(document, "trial", name))))
    found = contradictions(stored(folder), [], [changed, *others])
    assert any(name in after_name(line) for line in found), found


def after_name(line: str) -> str:
    """The part of a sentence that names a field; before it stand cell, block and attempt."""
    return line.partition(": ")[2]


@pytest.mark.parametrize("name", OBSERVED)
def test_what_was_only_observed_cannot_be_computed_again(folder: Path, name: str) -> None:
    trial = openly_loaded(folder)
    for place in values_in(trial.model_dump(mode="json"), name):
        changed = Trial.model_validate(broken(trial.model_dump(mode="json"), place))
        assert contradictions(stored(folder), [changed], []) == []


def test_an_open_load_that_is_gone_is_named(folder: Path) -> None:
    changed = openly_loaded(folder).model_copy(update={"open": None})
    (line,) = contradictions(stored(folder), [changed], [])
    assert line.endswith(": open is missing")


def test_the_common_rate_is_the_one_that_its_pilot_gives(folder: Path) -> None:
    run = read_run(folder)
    for name in ("open_rate_per_s", "pilot_per_s"):
        changed = run.model_copy(update={name: 3 * getattr(run, name)})
        lines = contradictions(StoredRun(folder, changed, SCHEMA_VERSION), [], [])
        assert any("open_rate_per_s is stored as" in line for line in lines)


@pytest.mark.parametrize(
    "name", ["samples.npy", "load.json", "credits.json", "readings.json", "service.json"]
)
def test_a_raw_file_that_is_gone_is_named(folder: Path, tmp_path: Path, name: str) -> None:
    spoilt = Path(shutil.copytree(folder, tmp_path / "run"))
    trial = openly_loaded(spoilt)
    (spoilt / str(trial.samples)).with_name(name).unlink()
    (line,) = contradictions(stored(spoilt), [trial], [])
    assert name in line


def test_an_older_run_is_validated_as_far_as_it_can_be(folder: Path, tmp_path: Path) -> None:
    old = Path(shutil.copytree(folder, tmp_path / "run"))
    document = json.loads((old / "run.json").read_text())
    (old / "run.json").write_text(json.dumps(document | {"schema_version": 4}))
    for name in ("credits.json", "readings.json", "service.json"):
        for file in old.glob(f"samples/*/{name}"):
            file.unlink()
    done = call("validate", str(old))
    assert done.returncode == 0, done.stdout
    assert "loads have no credits.json" in done.stdout
    first, *others = read_trials(old)
    (old / "trials.jsonl").unlink()
    for trial in (first.model_copy(update={"throughput_per_s": 9e9}), *others):
        append_trial(old, trial)
    done = call("validate", str(old))
    assert done.returncode == 1
    assert "throughput_per_s is stored as 9000000000.0" in done.stdout
