"""Every number of the decision table, compared with a second computation from the raw samples."""

import csv
import io
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from benchmarks.results.judge.ranks import LEVEL
from reports.render import html, open_report
from reports.report_csv import report_csv
from reports.run_summary import read_summary
from tests.reports import made_up_run
from tests.reports.html_page import HtmlPage

REFERENCE = "gunicorn-sync x confluent-kafka"
RATES = {REFERENCE: 1200.0, "granian x confluent-kafka": 4000.0, "gunicorn-gthread x kafka-python": 2400.0}
WINDOW_S = made_up_run.WINDOW_NS / 1e9
SERVICE = ("endpoint", "kafka", "flink", "functions")

StoredTrial = dict[str, Any]
Number = Callable[[StoredTrial, Any], float]


def throughput(_: StoredTrial, samples: Any) -> float:
    ended = samples["ended_ns"]
    return float(((ended >= 0) & (ended < made_up_run.WINDOW_NS)).sum() / WINDOW_S)


def percentile(percent: float) -> Number:
    def of(_: StoredTrial, samples: Any) -> float:
        times_ms = np.sort((samples["ended_ns"] - samples["intended_ns"])[samples["status"] < 500] / 1e6)
        place = percent / 100 * (len(samples) - 1)  # a failed request is later than all others
        below = int(place)
        return float(times_ms[below] + (place - below) * (times_ms[below + 1] - times_ms[below]))

    return of


def mean_ms(_: StoredTrial, samples: Any) -> float:
    good = samples[samples["status"] < 500]
    return float(np.mean((good["ended_ns"] - good["intended_ns"]) / 1e6))


def cpu_ms(components: tuple[str, ...]) -> Number:
    def of(trial: StoredTrial, samples: Any) -> float:
        used_s = sum(trial["usage"][component]["cpu_s"] for component in components)
        return float(used_s) * 1000 / (throughput(trial, samples) * WINDOW_S)

    return of


NUMBERS: dict[str, Number] = {
    "throughput_per_s": throughput,
    "response_mean_ms": mean_ms,
    "response_p50_ms": percentile(50),
    "response_p99_ms": percentile(99),
    "CPU_per_request_ms": cpu_ms(SERVICE),
    "endpoint_CPU_per_request_ms": cpu_ms(("endpoint",)),
}
TIMES = tuple(number for column, number in NUMBERS.items() if column.startswith("response"))
"""Numbers that are taken from the open loop of a trial, where it has one."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_up_run.write(tmp_path_factory.mktemp("run"), RATES, blocks=4)


def by_block(folder: Path, cell: str, number: Number) -> list[float]:
    trials = [json.loads(line) for line in (folder / "trials.jsonl").read_text().splitlines()]
    mine = sorted((trial for trial in trials if trial["cell"] == cell), key=lambda trial: int(trial["block"]))
    loads = [(trial["open"] if number in TIMES else None) or trial for trial in mine]
    return [number(trial, np.load(folder / load["samples"])) for trial, load in zip(mine, loads, strict=True)]


def interval(logs: list[float]) -> tuple[float, float, float]:
    mean, error = np.mean(logs), stats.sem(logs)
    low, high = stats.t.interval(0.95, len(logs) - 1, loc=mean, scale=error)
    return math.exp(mean), math.exp(low), math.exp(high)


def adjusted(table: Any, differences: Any) -> tuple[float, float, float]:
    """The wider of Tukey's interval and that of the pair's own spread, with one pooled degree of freedom."""
    cells, blocks = table.shape
    residuals = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0) + table.mean()
    freedom = (cells - 1) * (blocks - 1)
    variance = (residuals**2).sum() / freedom
    own_variance = (2 * variance + (blocks - 1) * differences.var(ddof=1)) / blocks / 2
    margins = [
        stats.studentized_range.ppf(1 - LEVEL, cells, of) * math.sqrt(spread / blocks)
        for of, spread in ((freedom, variance), (blocks, own_variance))
    ]
    mean, margin = differences.mean(), max(margins)
    return math.exp(mean), math.exp(mean - margin), math.exp(mean + margin)


def logs(values: list[float]) -> list[float]:
    return [math.log(value) for value in values]


def rows(folder: Path) -> dict[str, dict[str, str]]:
    table = report_csv(read_summary(folder))
    return {row["cell"]: row for row in csv.DictReader(io.StringIO(table))}


@pytest.mark.parametrize("column", NUMBERS)
@pytest.mark.parametrize("cell", RATES)
def test_a_mean_and_its_interval_are_those_of_the_samples(folder: Path, cell: str, column: str) -> None:
    row = rows(folder)[cell]
    shown = [float(row[column + end]) for end in ("", "_low", "_high")]
    assert shown == pytest.approx(interval(logs(by_block(folder, cell, NUMBERS[column]))), rel=1e-9)


@pytest.mark.parametrize("column", NUMBERS)
@pytest.mark.parametrize("cell", list(RATES)[1:])
def test_a_ratio_and_its_interval_are_those_of_the_samples(folder: Path, cell: str, column: str) -> None:
    ours, theirs = (logs(by_block(folder, name, NUMBERS[column])) for name in (cell, REFERENCE))
    table = np.array([logs(by_block(folder, name, NUMBERS[column])) for name in RATES])
    row = rows(folder)[cell]
    shown = [float(row[f"{column}_ratio{end}"]) for end in ("", "_low", "_high")]
    assert shown == pytest.approx(adjusted(table, np.subtract(ours, theirs)), rel=1e-9)


def test_memory_capacity_ledger_and_blocks_are_those_of_the_trials(folder: Path) -> None:
    row = rows(folder)[REFERENCE]
    assert float(row["memory_peak_mib"]) == 300 * len(SERVICE)
    assert (row["can_wait"], row["valid_blocks"], row["ledger"]) == ("64", "4", "exact")
    assert int(row["updates_checked"]) == 4 * 900


def test_the_page_shows_the_numbers_of_the_csv(folder: Path) -> None:
    shown = {row[0]: row for row in HtmlPage(html(open_report(folder))).cells[1:]}
    for cell, row in rows(folder).items():
        _, rank, _, *measures = shown[cell][:8]
        assert rank == row["rank_first"] == row["rank_last"]
        for column, words in zip(list(NUMBERS)[:5], measures, strict=True):
            mean, ends, ratio = (number(part) for part in words.split("|"))
            assert mean[0] == pytest.approx(float(row[column]), rel=0.006)
            assert ends == pytest.approx(
                [float(row[f"{column}_{end}"]) for end in ("low", "high")], rel=0.006
            )
            # A ratio far below 1 is shown with two digits.
            assert ratio[0] == pytest.approx(float(row[f"{column}_ratio"]), rel=0.006, abs=0.0006)


def number(words: str) -> list[float]:
    plain = words.replace(",", "").replace("×", "").replace(" to ", " ").replace("–", " ")
    return [float(part.strip("()")) for part in plain.split()]
