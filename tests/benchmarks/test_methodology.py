"""Numbers and names on the page on methodology are those of the code."""

import re
from importlib.util import find_spec

import pytest

from benchmarks.profile import find_profile, read_profile
from benchmarks.results.judge.notes import CPU_FLOOR, STEADY
from benchmarks.results.judge.sequential import blocks_needed, difference_found
from benchmarks.simulation import SEQUENTIAL_SIZES, SIZES, TRUTHS
from loadtests.generator.schedule import DIFFERENCE, STEPS
from tests.benchmarks.program import ROOT

PAGE = (ROOT / "docs" / "methodology.md").read_text()
ROWS = re.findall(r"^\| [^|]+ \| (`(?:benchmarks|loadtests)[^|]+) \| ([^|]+) \|$", PAGE, re.M)


def row(name: str) -> list[int]:
    (cells,) = re.findall(rf"^\| {name} \|(.*)\|$", PAGE, re.M)
    return [int(cell) for cell in cells.split("|")]


def test_the_table_of_blocks_is_the_codes_own() -> None:
    cells = row("cells")
    assert row("enough") == [blocks_needed(one) for one in cells]
    assert row("difference that 3 blocks show, %") == [round(100 * difference_found(one, 3)) for one in cells]


def test_what_quick_finds_is_what_its_blocks_find() -> None:
    quick = read_profile(find_profile("quick"))
    for blocks in (3, quick.blocks_at_most or 0):
        found = f"{difference_found(len(quick.cells), blocks):.0%}".replace("%", " %")
        assert f"{blocks} blocks show a difference of {found}" in PAGE


def test_the_table_of_error_rates_has_every_simulated_kind_and_none_above_five_percent() -> None:
    rows = re.findall(r"^\| (equal|stairs) \| ([^|]+) \| (.*) \|$", PAGE, re.M)
    sizes = [f"{cells} x {blocks}" for cells, blocks in SIZES]
    sizes += [f"{cells} x up to {blocks}" for cells, blocks in SEQUENTIAL_SIZES]
    assert [(truth, size) for truth, size, _ in rows] == [(truth, size) for truth in TRUTHS for size in sizes]
    assert all(float(rate.rstrip("%")) <= 5 for _, _, rates in rows for rate in rates.split(" | "))


def test_the_thresholds_are_the_codes_own() -> None:
    assert (STEPS, DIFFERENCE, CPU_FLOOR) == (2, 0.05, 0.05)
    assert pytest.approx(1.1) == STEADY


@pytest.mark.parametrize(("code", "tests"), ROWS)
def test_every_formula_is_where_the_page_says_and_has_its_test(code: str, tests: str) -> None:
    for module in re.findall(r"`([\w.]+)`", code):
        assert find_spec(module)
    for test in re.findall(r"`([\w./]+)`", tests):
        assert (ROOT / test).exists()


def test_the_table_of_formulas_was_found() -> None:
    assert len(ROWS) == 19
