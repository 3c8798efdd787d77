from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from reports import charts
from reports.charts import style
from reports.charts.catalogue import CHARTS
from reports.charts.chart import Chart
from reports.charts.timelines import TimelinePanel, draw_panels
from reports.formatting import Table
from reports.render import html, markdown, open_report, write_figures
from reports.run_summary import RunSummary, read_summary
from reports.sample_summaries import CellTimeline, SampleSummary, summarise_samples
from tests.reports import made_up_run
from tests.reports.html_page import HtmlPage

RATES = {"granian x confluent-kafka": 200.0, "granian x kafka-python": 150.0}
WITHOUT_DATA = {"capacity", "loads", "matrix"}
"""Charts that a run of one server, one load and no capacity search does not have."""
SHARED = {"__init__", "catalogue", "chart", "history", "rate_lines", "stacked", "style", "svg"}
"""Files in the folder of the charts that are no chart of the report; history is one of the index."""
PNG = b"\x89PNG"


def new_chart(summary: RunSummary, _samples: Sequence[SampleSummary]) -> Chart:
    with style.canvas(2.0) as (figure, axes):
        axes.plot([0, 1], [0, len(summary.trials)])
        return Chart("A new chart", "Made by a test.", figure, Table(["trials"], [["six"]]))


def test_a_row_is_all_that_a_new_chart_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CHARTS, "new", new_chart)
    report = open_report(made_up_run.write(tmp_path, RATES))
    page = html(report)
    assert '<h2 id="new">A new chart</h2>' in page
    assert HtmlPage(page).charts == len(CHARTS) - len(WITHOUT_DATA)
    assert "## A new chart\n\nMade by a test.\n\n| trials |" in markdown(report)
    assert tmp_path / "figures" / "new.svg" in write_figures(report, tmp_path / "figures")


def test_each_chart_is_one_file_and_one_row() -> None:
    [folder] = charts.__path__
    files = {file.stem for file in Path(folder).glob("*.py")} - SHARED
    drawn = [getattr(draw, "__module__", "").rpartition(".")[2] for draw in CHARTS.values()]
    assert sorted(drawn) == sorted(files)


def test_image_files_have_fixed_colours(tmp_path: Path) -> None:
    report = open_report(made_up_run.write(tmp_path, RATES))
    written = write_figures(report, tmp_path / "figures")
    drawn = set(CHARTS) - WITHOUT_DATA
    assert {file.name for file in written} == {f"{name}.{kind}" for name in drawn for kind in ("svg", "png")}
    for file in written:
        content = file.read_bytes()
        assert content.startswith(PNG) if file.suffix == ".png" else b"var(" not in content


def test_the_checkpoints_of_each_block_are_on_its_timeline(tmp_path: Path) -> None:
    folder = made_up_run.write(tmp_path, {"seed-2020": 200.0}, blocks=2)
    [cell] = summarise_samples(read_summary(folder), folder)
    [checkpoints] = {tuple(timeline.checkpoints) for timeline in cell.timelines}
    assert [round(start, 2) for start, _ in checkpoints] == [-0.7, 0.3, 1.3]


def test_each_block_has_its_own_row_of_checkpoint_marks() -> None:
    timelines = [CellTimeline([0, 1], [5, 6], checkpoints=[(0.2, 0.3)]) for _ in range(3)]
    [axes, *_] = draw_panels([TimelinePanel("a", 0, timelines)]).axes
    marks = np.unique(np.asarray(axes.lines[-1].get_ydata(), dtype=float))
    assert len(marks) == 3
    assert marks.max() < 0.12
