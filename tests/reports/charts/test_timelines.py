from pathlib import Path

import numpy as np

from reports.charts.timelines import figure_of
from reports.charts.values import Panel, Timeline
from reports.sample_summaries import digest_all
from reports.view import read
from tests.reports import made_up_run


def test_the_checkpoints_of_each_block_reach_its_line(tmp_path: Path) -> None:
    folder = made_up_run.write(tmp_path, {"a x b": 200.0}, blocks=2)
    [digest] = digest_all(read(folder), folder)
    [told] = {tuple(line.checkpoints) for line in digest.timelines}
    assert [round(start, 2) for start, _ in told] == [-0.7, 0.3, 1.3]


def test_a_row_of_marks_is_drawn_for_each_block() -> None:
    lines = [Timeline([0, 1], [5, 6], checkpoints=[(0.2, 0.3)]) for _ in range(3)]
    [axes, *_] = figure_of([Panel("a", 0, lines)], "answers per second").axes
    marks = np.unique(np.asarray(axes.lines[-1].get_ydata(), dtype=float))
    assert len(marks) == 3
    assert marks.max() < 0.12
