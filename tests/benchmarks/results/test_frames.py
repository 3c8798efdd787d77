import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
import pytest

from benchmarks.cli.stored import FOLDER, TABLES_FILE
from benchmarks.results import columns, frames
from benchmarks.results.frames import RunFrames
from benchmarks.results.judge.analysis import analyse
from benchmarks.results.store.files import UnreadableError
from benchmarks.results.store.trial_schema import Probe
from tests.benchmarks.program import ROOT, call
from tests.benchmarks.results.runs import cell, run, trial
from tests.reports import made_up_run

RATES = {"seed-2020": 40.0, "granian x confluent-kafka": 400.0}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = made_up_run.write(tmp_path_factory.mktemp("project") / "results" / "RUN", RATES)
    return made_up_run.add_probes(made, {"granian x confluent-kafka": [(100, True), (500, False)]})


@pytest.fixture
def loaded(folder: Path) -> RunFrames:
    return frames.load(folder)


def test_the_published_columns_are_those_of_the_code() -> None:
    assert (FOLDER / TABLES_FILE).read_text() == columns.described(), "run: python -m benchmarks schema"


@pytest.mark.parametrize("name", columns.TABLES)
def test_a_table_has_the_columns_and_dtypes_that_are_published(name: str, loaded: RunFrames) -> None:
    empty = RunFrames(loaded.folder, loaded.run, [], [])
    published = {column.name: column.dtype for column in columns.TABLES[name][1]}
    for one in (loaded, empty):
        found = getattr(one, name).dtypes.astype("str").to_dict()
        assert {column: found[column] for column in published} == published
        more = {column.name for column in columns.TRIALS} if name == "probes" else set()
        assert found.keys() == published.keys() | more
    assert len(getattr(loaded, name))
    assert len(getattr(empty, name)) == 0


def test_a_trial_has_its_cell_and_its_figures(loaded: RunFrames) -> None:
    row = loaded.trials.iloc[1]
    stored = loaded.stored_trials[1]
    assert (row["cell"], row["server"], row["load_kind"], row["load_users"]) == (
        "granian x confluent-kafka",
        "granian",
        "closed",
        64,
    )
    assert stored.response_ms is not None
    assert row["response_ms_p99"] == stored.response_ms.p99
    assert row["throughput_per_s"] == stored.throughput_per_s
    assert row["rate_per_s"] == pytest.approx(row["sent"] / 2)
    assert row["endpoint_cpu_ms_per_request"] == pytest.approx(900 / (row["throughput_per_s"] * 2))


def test_a_trial_that_left_nothing_is_a_row_without_figures() -> None:
    lost = trial("a", 0, 100, valid=False, failure="it broke", requests=None, usage={})
    table = RunFrames(Path(), run(cell("a")), [lost], []).trials
    assert list(table["failure"]) == ["it broke"]
    assert not table["valid"].any()
    missing = ["sent", "rate_per_s", "service_cpu_ms_per_request", "endpoint_rss_peak_mib"]
    assert table[missing].isna().all(axis=None)


def test_the_requests_give_the_figures_of_their_trials(loaded: RunFrames) -> None:
    for one, requests in zip(loaded.stored_trials, loaded.requests_by_trial(), strict=True):
        assert one.response_ms is not None
        due = requests.query("in_window and succeeded")
        assert due["response_ms"].quantile(0.99) == pytest.approx(one.response_ms.p99)
        ended = requests.query("ended_in_window and succeeded")
        assert len(ended) / (one.window_s or 0) == pytest.approx(one.throughput_per_s)


def test_a_probe_has_the_open_loop_that_made_it(loaded: RunFrames) -> None:
    assert list(loaded.probes["load_rate_per_s"]) == [probe.rate_per_s for probe in loaded.stored_probes]
    assert set(loaded.probes["load_kind"]) == {"open"}
    assert set(Probe.model_fields) - {"trial", "rate_per_s"} == {one.name for one in columns.PROBES}


def test_samples_that_are_gone_are_refused(loaded: RunFrames) -> None:
    gone = loaded.stored_trials[0].model_copy(update={"samples": "samples/gone.npy"})
    with pytest.raises(UnreadableError, match=r"gone\.npy: samples cannot be read"):
        _ = RunFrames(loaded.folder, loaded.run, [gone], []).requests


def test_the_example_on_the_page_runs_and_finds_what_the_report_finds(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder.parent.parent)
    mpl.use("agg")
    page = (ROOT / "docs" / "results-in-pandas.md").read_text()
    blocks = re.findall(r"^```python\n(.*?)^```$", page, re.M | re.S)
    assert len(blocks) == 3
    names: dict[str, Any] = {}
    exec("".join(blocks), names)
    loaded = frames.load(folder)
    interval = analyse(loaded.run, loaded.stored_trials).comparisons[0].interval
    assert interval is not None
    assert names["ratio"] == pytest.approx(interval.ratio)
    assert interval.low < names["low"] < names["high"] < interval.high
    assert "times the throughput of seed-2020" in capsys.readouterr().out


def test_samples_are_written_as_csv(folder: Path, tmp_path: Path, loaded: RunFrames) -> None:
    file = tmp_path / "requests.csv"
    done = call("samples", str(folder), "--cell", "seed-2020", "-o", str(file))
    assert done.returncode == 0, done.stderr
    written = pd.read_csv(file)
    expected = loaded.requests_of(["seed-2020"])
    assert list(written.columns) == [column.name for column in columns.REQUESTS]
    assert len(written) == len(expected)
    assert list(written["response_ms"]) == pytest.approx(list(expected["response_ms"]))
    assert call("samples", str(folder), "--cell", "seed-2020").stdout == file.read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--cell", "nope"), "cell 'nope' is not in "),
        pytest.param(
            ("--format", "parquet"),
            "error: Parquet needs pyarrow, which is not installed; take --format csv",
            marks=pytest.mark.skipif(find_spec("pyarrow") is not None, reason="pyarrow is installed"),
        ),
        (("--format", "xls"), "'xls' is not one of 'csv', 'parquet'"),
        (("-o", "/nowhere/file.csv"), "/nowhere/file.csv cannot be written: No such file or directory"),
    ],
)
def test_what_cannot_be_written_is_refused_in_one_line(
    folder: Path, arguments: tuple[str, ...], message: str
) -> None:
    done = call("samples", str(folder), *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
