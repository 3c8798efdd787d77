"""The page in a real browser: silent, alone, as wide as its window, and its table answers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from reports.render import open_report, write_report
from tests.reports import browser, made_up_run

BINARY = browser.find()
RATES = {"seed-2020": 40.0, "granian x confluent-kafka": 400.0, f"{'gunicorn-gthread ' * 4}x kafka": 300.0}
pytestmark = pytest.mark.skipif(BINARY is None, reason="no Chromium is installed")

CELLS = "[...document.querySelectorAll('#cells tbody tr:not([hidden]) th')].map((cell) => cell.textContent)"
WORDS = "[...document.querySelectorAll('#cells .verdict-word')].map((cell) => cell.textContent)"
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = made_up_run.write(tmp_path_factory.mktemp("run"), RATES)
    return write_report(open_report(folder), folder)


@pytest.fixture
def tab(tmp_path: Path) -> Iterator[browser.Tab]:
    assert BINARY
    with browser.tab(BINARY, tmp_path / "profile") as opened:
        yield opened


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1600])
def test_a_page_is_silent_asks_for_nothing_and_fits_its_window(
    tab: browser.Tab, page: Path, width: int, scheme: str
) -> None:
    tab.open(page, width, scheme)
    assert tab.evaluate(FITS) is True
    assert tab.said == []
    assert tab.requested == [page.as_uri()]


def test_the_table_sorts_filters_and_compares_with_another_cell(tab: browser.Tab, page: Path) -> None:
    tab.open(page, 1280, "light")
    slow, fast, middle = RATES
    tab.evaluate("document.querySelectorAll('#cells thead button')[3].click()")
    assert tab.evaluate(CELLS) == [slow, middle, fast]
    tab.evaluate("document.querySelectorAll('#cells thead button')[3].click()")
    assert tab.evaluate(CELLS) == [fast, middle, slow]
    tab.evaluate("document.getElementById('reference').value = 1")
    tab.evaluate("document.getElementById('reference').dispatchEvent(new Event('change'))")
    assert tab.evaluate(WORDS) == ["reference", "▼ slower", "▼ slower"]
    tab.evaluate("document.getElementById('filter').value = 'GRANIAN'")
    tab.evaluate("document.getElementById('filter').dispatchEvent(new Event('input'))")
    assert tab.evaluate(CELLS) == [fast]
    assert tab.evaluate("document.getElementById('shown').textContent") == "1 of 3 cells"
    assert tab.said == []
