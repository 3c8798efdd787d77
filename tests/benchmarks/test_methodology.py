"""Numbers and names on the page on methodology are those of the code."""

import re
from importlib.util import find_spec

import pytest

from benchmarks.profile import find_profile, read_profile
from benchmarks.results.judge.notes import CPU_FLOOR, STEADY
from benchmarks.results.judge.statistics import blocks_needed, difference_found, sign_flip_blocks
from loadtests.generator.schedule import DIFFERENCE, STEPS
from tests.benchmarks.program import ROOT

PAGE = (ROOT / "docs" / "methodology.md").read_text()
ROWS = re.findall(r"^\| [^|]+ \| (`(?:benchmarks|loadtests)[^|]+) \| ([^|]+) \|$", PAGE, re.M)


def row(name: str) -> list[int]:
    (cells,) = re.findall(rf"^\| {name} \|(.*)\|$", PAGE, re.M)
    return [int(cell) for cell in cells.split("|")]


def test_the_table_of_blocks_is_the_codes_own() -> None:
    made = row("comparisons m")
    assert row("needed by the sign-flip test") == [sign_flip_blocks(one) for one in made]
    assert row("enough") == [blocks_needed(one) for one in made]


def test_what_quick_finds_is_what_its_blocks_find() -> None:
    quick = read_profile(find_profile("quick"))
    found = difference_found(int(quick.blocks), len(quick.cells) - 1)
    assert f"Its {quick.blocks} blocks for {len(quick.cells) - 1} comparisons find a difference of" in PAGE
    assert f"{found:.0%} at 5 % noise".replace("%", " %", 1) in PAGE


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
    assert len(ROWS) == 15
