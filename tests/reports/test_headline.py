"""The sentence at the top of the page, and its agreement with the table below it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from benchmarks.results.judge.metrics import P99, THROUGHPUT
from benchmarks.results.judge.ranks import rank_cells
from benchmarks.results.store.files import append_trial, write_run
from reports.headline import headline
from reports.render import html, open_report
from tests.benchmarks.results.runs import NOISY, cell, run, trial
from tests.reports.html_page import HtmlPage

MIXED = {
    "seed-2020": (19.0, 21.0, 20.0),
    "gunicorn-sync": (60.0, 132.0, 290.0),
    "gunicorn-gthread x kafka-python": (250.0, 400.0, 334.0),
    "gunicorn-gthread x confluent-kafka": (333.5, 332.5, 333.0),
    "granian": (555.0, 549.0, 543.0),
}


def stored(folder: Path, values: Mapping[str, Sequence[float]]) -> Path:
    (folder / "samples").mkdir()
    cells = [cell(name) for name in values]
    write_run(folder, run(*cells, blocks=3, reference="seed-2020"))
    for name, blocks in values.items():
        for block, value in enumerate(blocks):
            append_trial(folder, trial(name, block, value))
    return folder


@pytest.mark.parametrize("values", [NOISY, MIXED], ids=["noisy", "mixed"])
def test_the_headline_of_three_noisy_blocks_agrees_with_the_table(
    tmp_path: Path, values: Mapping[str, Sequence[float]]
) -> None:
    page = HtmlPage(html(open_report(stored(tmp_path, values))))
    (sentence,) = [line for line in page.text.splitlines() if line.startswith("No single winner")]
    names, ranks = [row[0] for row in page.cells[1:]], [row[1] for row in page.cells[1:]]
    figures = [float(row[3].split("|")[0].replace(",", "")) for row in page.cells[1:]]
    leading = sum(int(rank.split()[0]) == 1 for rank in ranks)
    assert figures == sorted(figures, reverse=True)
    assert [int(rank.split()[0]) for rank in ranks] == sorted(int(rank.split()[0]) for rank in ranks)
    top = sentence.partition(";")[0]
    assert [name for name in names if name in top] == names[: min(leading, 3)]


def sentence(values: Mapping[str, Sequence[float]], *, higher_is_better: bool = True) -> str:
    ranking = rank_cells(
        {name: dict(enumerate(blocks)) for name, blocks in values.items()},
        higher_is_better=higher_is_better,
        smallest_difference=0.05,
    )
    made = run(*[cell(name) for name in (*values, "a (A/A)")], reference=next(iter(values), "a (A/A)"))
    return headline(made, THROUGHPUT if higher_is_better else P99, ranking)


def steady(middle: float) -> tuple[float, ...]:
    return tuple(middle * factor for factor in (1.0, 1.01, 0.99, 1.0))


def unsteady(middle: float) -> tuple[float, ...]:
    return tuple(middle * factor for factor in (1.0, 1.2, 0.8, 1.1))


def test_a_single_winner_is_compared_with_the_reference() -> None:
    assert sentence({"a": steady(100), "b": steady(250)}) == (
        "b has the highest throughput: 250 requests/s, 2.5 times a."
    )


def test_a_reference_that_wins_is_not_compared_with_itself() -> None:
    assert sentence({"a": steady(50), "b": steady(250)}, higher_is_better=False) == (
        "a has the lowest p99 response time: 50 ms."
    )


def test_at_most_three_cells_are_named() -> None:
    top = {name: unsteady(1000 - place) for place, name in enumerate("bcdef")}
    assert sentence({"a": steady(10)} | top) == (
        "No single winner: each of b, c, d and 2 others may have the highest throughput; "
        "the first measured 1,014 requests/s, 101 times a."
    )


def test_cells_that_are_equal_make_no_difference_that_matters() -> None:
    assert sentence({name: steady(100) for name in "abc"}) == (
        "No difference that matters: all 3 cells are within 5%."
    )


def test_a_run_that_ranks_no_cell_says_that_it_is_too_noisy_or_too_short() -> None:
    wild = {name: (100.0 + place, 300.0 - 90 * place, 200.0) for place, name in enumerate("abc")}
    assert sentence(wild) == "No verdict: this run is too noisy or too short to rank any of its 3 cells."


def test_a_run_with_a_single_valid_cell_compares_nothing() -> None:
    assert sentence({"a": steady(100), "b": ()}) == (
        "No comparison: only a can be ranked, with 100 requests/s."
    )


def test_a_run_without_a_valid_cell_has_no_verdict() -> None:
    assert sentence({}) == "No verdict: none of the 1 cells has a valid trial and a balanced ledger."
