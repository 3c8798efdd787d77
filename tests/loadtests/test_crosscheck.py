import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from loadtests.cli import MISSED, UNFIT
from loadtests.crosscheck import (
    ALLOWED_FRACTION,
    ComparedFigure,
    compare,
    disagreements,
    find_vegeta,
    response_ms_from_due,
    table,
)
from loadtests.measurement.units import NS_PER_MS

START_NS = 1_700_000_000_000_000_000
RATE_PER_S = 100


def vegeta_row(number: int, late_ms: float, lasted_ms: float, status: str = "200") -> list[str]:
    """Return the row that vegeta writes of the request that was due *number* / 100 s after its start."""
    sent_ns = START_NS + int((10 * number + late_ms) * NS_PER_MS)
    return [
        str(sent_ns),
        status,
        str(int(lasted_ms * NS_PER_MS)),
        "0",
        "9",
        "",
        "",
        "",
        str(number),
        "GET",
        "",
        "",
    ]


def test_vegetas_times_count_from_due_not_from_the_send() -> None:
    rows = [vegeta_row(0, late_ms=0, lasted_ms=2), vegeta_row(1, late_ms=30, lasted_ms=5)]
    assert response_ms_from_due(rows, RATE_PER_S).tolist() == pytest.approx([2, 35])


def test_vegeta_started_at_the_last_instant_before_which_nothing_was_sent_early() -> None:
    rows = [vegeta_row(0, 4, 2), vegeta_row(1, 1, 2), vegeta_row(2, 3, 2)]
    assert response_ms_from_due(rows, RATE_PER_S).tolist() == pytest.approx([5, 2, 4])


def test_requests_that_were_not_answered_200_have_no_time() -> None:
    rows = [vegeta_row(0, 0, 2, status="0"), vegeta_row(1, 0, 3), vegeta_row(2, 0, 4, status="503")]
    assert response_ms_from_due(rows, RATE_PER_S).tolist() == pytest.approx([3])
    assert response_ms_from_due(rows[:1], RATE_PER_S).tolist() == []


def test_the_order_of_vegetas_rows_does_not_matter() -> None:
    rows = [vegeta_row(2, 0, 4), vegeta_row(0, 6, 2), vegeta_row(1, 0, 3)]
    assert sorted(response_ms_from_due(rows, RATE_PER_S)) == pytest.approx([3, 4, 8])


def test_the_table_has_the_figures_of_both() -> None:
    figures = compare(np.array([10.0, 20.0, 33.0]), np.array([10.0, 25.0, 30.0]))
    assert [figure.name for figure in figures] == ["p50", "p99", "max"]
    assert (figures[0].ours_ms, figures[0].vegeta_ms) == (20, 25)
    assert figures[0].difference == pytest.approx(-0.2)
    assert table(figures).splitlines()[1].split() == ["p50", "20.00", "25.00", "-20.0%"]
    assert table(figures).splitlines()[-1].split() == ["max", "33.00", "30.00", "+10.0%"]


@pytest.mark.parametrize("sign", [-1, 1])
def test_figures_that_are_further_apart_than_allowed_are_named(sign: int) -> None:
    near = ComparedFigure("p50", 100 * (1 + sign * (ALLOWED_FRACTION - 0.001)), 100)
    far = ComparedFigure("p99", 100 * (1 + sign * (ALLOWED_FRACTION + 0.001)), 100)
    assert disagreements([near, far], {"ours": 9, "vegeta": 9}, planned=9) == [
        f"p99 is {far.difference:+.1%} apart; 5% is allowed."
    ]


def test_a_generator_without_all_answers_agrees_with_nothing() -> None:
    assert compare(np.array([1.0]), np.empty(0)) == []
    assert disagreements([], {"ours": 9, "vegeta": 0}, planned=9) == [
        "Of 9 requests of vegeta 0 were answered 200."
    ]


def crosscheck(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "loadtests", "crosscheck", *options]
    return subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=100, env=os.environ | environment
    )


def test_without_vegeta_it_prints_how_to_install_it(tmp_path: Path) -> None:
    done = crosscheck(PATH=str(tmp_path), HOME=str(tmp_path))
    assert done.returncode == UNFIT
    assert "go install github.com/tsenart/vegeta" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.skipif(not find_vegeta(), reason="there is no vegeta to compare with")
def test_both_generators_have_every_request_answered_through_a_freeze() -> None:
    done = crosscheck("--cycle", "2", "--frozen", "0.5", "--cycles", "1")
    assert done.returncode in (0, MISSED), done.stderr
    assert "were answered" not in done.stdout
    p99, longest = (line.split() for line in done.stdout.splitlines()[3:5])
    assert (p99[0], longest[0]) == ("p99", "max")
    assert min(map(float, p99[1:3] + longest[1:3])) > 300, "both see the freeze"
