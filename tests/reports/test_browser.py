"""The page in a real browser: no errors, no requests, no overflow, and a table that sorts and filters."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from reports.render import open_report, write_report
from tests.browser import chromium_path, open_page
from tests.reports import made_up_run

SLOW, FAST, MIDDLE = "seed-2020", "granian x confluent-kafka", f"{'gunicorn-gthread ' * 4}x kafka"
RATES = {SLOW: 40.0, FAST: 400.0, MIDDLE: 300.0}
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
OVERFLOWS = """[...document.querySelectorAll("#cells, #cells tbody *")]
.filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth).length"""
SMALLEST_TEXT = """Math.min(...[...document.querySelectorAll("figure svg text")]
.map((one) => [one.getScreenCTM(), parseFloat(getComputedStyle(one).fontSize)])
.map(([matrix, size]) => size * Math.hypot(matrix.a, matrix.b)))"""
"""Pixels; a rotated text has its scale in both numbers."""
pytestmark = pytest.mark.skipif(chromium_path() is None, reason="no Chromium is installed")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = made_up_run.write(tmp_path_factory.mktemp("run"), RATES)
    return write_report(open_report(folder), folder)


def record_messages(page: Page) -> list[str]:
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    return messages


def cells(page: Page) -> list[str]:
    return page.locator("#cells tbody tr:not([hidden]) th").all_text_contents()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1600])
def test_a_page_is_silent_asks_for_nothing_and_fits_its_window(file: Path, width: int, scheme: str) -> None:
    with open_page(width, dark=scheme == "dark") as page:
        messages = record_messages(page)
        requested: list[str] = []
        page.on("request", lambda request: requested.append(request.url))
        page.goto(file.as_uri())
        assert page.evaluate(FITS) is True
        assert messages == []
        assert requested == [file.as_uri()]


def test_on_a_narrow_window_the_table_is_cards_and_the_text_of_charts_is_legible(file: Path) -> None:
    with open_page(390) as page:
        page.goto(file.as_uri())
        assert page.evaluate(OVERFLOWS) == 0
        head = page.locator("#cells tbody td").nth(2)
        assert page.evaluate("one => getComputedStyle(one, '::before').content", head.element_handle()) == (
            '"requests/s"'
        )
        assert page.evaluate(SMALLEST_TEXT) >= 9
        page.locator("#cells thead").get_by_text("requests/s", exact=True).click()
        assert cells(page) == [SLOW, MIDDLE, FAST]


def test_the_table_sorts_filters_and_compares_with_another_cell(file: Path) -> None:
    with open_page() as page:
        messages = record_messages(page)
        page.goto(file.as_uri())
        by_throughput = page.locator("#cells thead").get_by_text("requests/s", exact=True)
        by_throughput.click()
        assert cells(page) == [SLOW, MIDDLE, FAST]
        by_throughput.click()
        assert cells(page) == [FAST, MIDDLE, SLOW]
        page.get_by_label("Compare with").select_option(FAST)
        verdicts = page.locator("#cells .verdict-word").all_text_contents()
        assert verdicts == ["reference", "▼ slower", "▼ slower"]
        page.get_by_label("Show cells with").fill("GRANIAN")
        assert cells(page) == [FAST]
        assert page.locator("#shown").text_content() == "1 of 3 cells"
        assert messages == []
