"""Where response times come from, what they add up to, and what is printed where they are missing."""

from pathlib import Path

import pytest

from benchmarks.results.judge.metrics import MEAN
from benchmarks.results.store.files import read_run, write_run
from benchmarks.results.store.trial_schema import MachineSpeed, Spread, Trial
from reports.charts import cpu, hops, latency
from reports.charts.chart import Chart
from reports.render import html, open_report
from reports.run_summary import RunSummary, read_summary
from reports.sample_summaries import summarise_cell, summarise_samples
from tests.reports import made_up_run
from tests.reports.html_page import HtmlPage

SEED, GRANIAN = "seed-2020", "granian x confluent-kafka"
RATES = {SEED: 1_200.0, GRANIAN: 2_400.0}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_up_run.write(tmp_path_factory.mktemp("run"), RATES)


@pytest.fixture(scope="module")
def summary(folder: Path) -> RunSummary:
    return read_summary(folder)


def row(chart: Chart | None, cell: str) -> dict[str, str]:
    assert chart is not None
    [found] = [one for one in chart.numbers.rows if one[0] == cell]
    return dict(zip(chart.numbers.heads, found, strict=True))


@pytest.mark.parametrize("cell", RATES)
def test_the_segments_end_at_the_mean_that_the_table_shows(summary: RunSummary, cell: str) -> None:
    [mean] = [one.values[MEAN.name] for one in summary.rows if one.cell.name == cell]
    assert mean is not None
    segments = hops.mean_segments_ms(summary.trials, cell, mean.estimate)
    assert sum(segments.values()) == pytest.approx(mean.estimate, rel=1e-9)
    shown = row(hops.draw(summary, []), cell)
    assert float(shown["sum ms"]) == pytest.approx(mean.estimate, rel=0.005)


def test_segments_are_the_lag_the_rest_outside_and_the_hops(summary: RunSummary) -> None:
    [trial, *_] = [one for one in summary.trials if one.cell == GRANIAN]
    assert trial.open is not None
    segments = hops.segments_ms(trial.open)
    assert segments["generator"] == pytest.approx(0.5)
    assert segments["endpoint"] == pytest.approx(2)
    assert segments["before the handler"] == pytest.approx(trial.open.response_ms.mean - 0.5 - 10)  # type: ignore[union-attr]


def test_a_service_without_hops_has_one_segment_for_all_of_them(summary: RunSummary) -> None:
    [trial, *_] = [one for one in summary.trials if one.cell == SEED]
    only_total = trial.model_copy(update={"hops_ms": {"total": trial.hops_ms["total"]}})
    assert hops.segments_ms(only_total)["not measured inside"] == pytest.approx(10)
    silent = hops.segments_ms(trial.model_copy(update={"hops_ms": {}}))
    assert list(silent) == ["generator", "not measured inside"]
    assert sum(silent.values()) == pytest.approx(trial.response_ms.mean)  # type: ignore[union-attr]


def test_idle_cpu_is_apart_and_at_most_all_of_a_component(summary: RunSummary) -> None:
    idle = cpu.idle_fractions({"kafka": 0.02, "flink": 99.0}, GRANIAN, summary.trials)
    assert idle == pytest.approx({"kafka": 0.02 * 2 / 0.4, "flink": 1.0})
    parts = cpu.cpu_parts({"endpoint": 1.0, "kafka": 2.0}, idle)
    assert parts == pytest.approx({"endpoint": 1.0, "kafka": 1.8, "kafka, idle": 0.2})


def test_columns_name_the_rate_and_a_cell_without_open_loop_names_its_load(folder: Path) -> None:
    heads, *rows = HtmlPage(html(open_report(folder))).cells
    place = heads.index("p50 ms at 1,100 requests/s")
    shown = {one[0]: one[place] for one in rows}
    assert "with 64 concurrent users" in shown[SEED]
    assert "with" not in shown[GRANIAN]
    assert shown[GRANIAN].endswith("|")  # no ratio between an open and a closed loop


def test_the_service_curve_is_drawn_only_where_it_differs(folder: Path, summary: RunSummary) -> None:
    samples = {one.cell: one.latency for one in summarise_samples(summary, folder)}
    closed, opened = samples[SEED], samples[GRANIAN]
    assert closed is not None
    assert opened is not None
    assert opened.service_ms is not None
    assert "Dashed" in latency.explanation(summary, [latency.LatencyCurve(GRANIAN, 0, opened)])
    assert "Dashed" not in latency.explanation(summary, [latency.LatencyCurve(SEED, 0, closed)])


def test_a_curve_ends_where_failed_requests_begin(folder: Path, summary: RunSummary) -> None:
    [_, granian] = sorted(summarise_samples(summary, folder), key=lambda one: one.cell != SEED)
    assert granian.latency is not None
    assert granian.latency.failed == 3 * 5
    assert max(granian.latency.fractions) < 1 - granian.latency.failed / granian.latency.requests
    shown = row(latency.draw(summary, [granian]), GRANIAN)
    assert shown["failed"] == "15"
    assert float(shown["lag p99 ms, worst block"]) == pytest.approx(0.5)


def test_a_missing_p99_is_a_dash_with_its_reason(tmp_path: Path) -> None:
    few = made_up_run.write(tmp_path, {SEED: 40.0})
    content = html(open_report(few))
    page = HtmlPage(content)
    reason = "requests lie beyond it, 20 are needed"
    assert f'{reason}">–' in content
    assert f"{SEED} has no p99: 0 {reason}." in page.text


def late(trial: Trial) -> Trial:
    assert trial.open is not None
    return trial.model_copy(
        update={"open": trial.open.model_copy(update={"failure": "the generator was late"})}
    )


def test_an_open_loop_that_does_not_count_leaves_throughput_alone(tmp_path: Path) -> None:
    folder = made_up_run.write(tmp_path, {GRANIAN: 2_000.0}, blocks=3)
    made_up_run.edit_trials(folder, lambda one: late(one) if one.block == 1 else one)
    summary = read_summary(folder)
    [only] = summary.rows
    assert (only.blocks, len(summary.blocks["response p99"][GRANIAN])) == (3, 2)
    page = HtmlPage(html(open_report(folder)))
    assert f"{GRANIAN} has no p99 in 1 of 3 blocks: the generator was late." in page.text


def test_a_repeated_trial_is_counted_and_the_time_without_kafka_is_shaded(tmp_path: Path) -> None:
    folder = made_up_run.write(tmp_path, RATES)
    made_up_run.add_repeat(folder, GRANIAN, block=1)
    summary = read_summary(folder)
    shown = {one[0]: one[-1] for one in HtmlPage(html(open_report(folder))).cells}
    assert shown[GRANIAN] == "3 of 3|1 repeat"
    assert shown[SEED] == "3 of 3|"
    timelines = summarise_cell(GRANIAN, summary.trials, folder).timelines
    assert [(line.valid, line.faults) for line in timelines if line.faults] == [(False, [(0.8, 1.1)])]
    assert sum(line.valid for line in timelines) == 3


def test_the_banner_names_the_speed_and_warns_where_blocks_differ(tmp_path: Path) -> None:
    folder = made_up_run.write(tmp_path, RATES)
    text = HtmlPage(html(open_report(folder))).text
    assert "ran at 0.51 of the reference (one core), 0.41 (two cores), wake-up 21 µs" in text
    assert "changed from block to block" not in text
    slow = MachineSpeed(one_core=0.3, two_cores=0.41, wake_up_us=20)
    made_up_run.edit_trials(
        folder,
        lambda one: (
            one.model_copy(update={"speed_before": slow, "speed_after": slow}) if one.block == 2 else one
        ),
    )
    changed = HtmlPage(html(open_report(folder))).text
    assert "by one core from 0.30 of the reference in block 3 to 0.51 in block 1" in changed


def test_figures_that_decide_nothing_have_tables(folder: Path) -> None:
    text = HtmlPage(html(open_report(folder))).text
    for words in ("Routes", "Lag of the generator", "Deployment", "Context switches", "Speed of the machine"):
        assert words in text


def test_a_run_is_printed_with_its_options_and_its_profile(tmp_path: Path) -> None:
    folder = made_up_run.write(tmp_path, {GRANIAN: 2_000.0}, blocks=1)
    own = {"profile": "mine", "profile_text": "blocks = 1  # mine", "options": ["--window", "2.0"]}
    write_run(folder, read_run(folder).model_copy(update=own))
    text = HtmlPage(html(open_report(folder))).text
    assert "python -m benchmarks run mine.toml --window 2.0" in text
    assert "blocks = 1  # mine" in text


def test_a_spread_without_any_success_has_no_mean() -> None:
    infinite = Spread(count=1, mean=1, p50=1, p90=1, p95=1, p99=1, max=1).model_copy(
        update={"mean": float("inf")}
    )
    trial = Trial(cell="a", block=0, attempt=1, valid=True, failure=None, started_at="", response_ms=infinite)
    assert MEAN.of(trial) is None
