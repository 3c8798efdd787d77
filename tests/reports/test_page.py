from html.parser import HTMLParser
from pathlib import Path

import pytest

from reports.page import render
from tests.reports import made_up_run

RATES = {"seed-2020": 40.0, "granian x confluent-kafka": 2000.0, "gunicorn-gthread x kafka-python": 1000.0}


class Page(HTMLParser):
    """What a test looks at: the cells of the table, the pictures, and every address that would be fetched."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.fetched: list[str] = []
        self.pictures = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.pictures += tag == "svg"
        links = [value or "" for name, value in attrs if name in ("src", "href", "xlink:href")]
        self.fetched += [link for link in links if not link.startswith(("#", "data:"))]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def page(tmp_path: Path) -> Page:
    return Page(render(made_up_run.write(tmp_path, RATES)))


def test_the_page_fetches_nothing(page: Page) -> None:
    assert page.fetched == []


def test_the_page_names_the_fastest_cell_and_its_ratio(page: Page) -> None:
    assert "granian x confluent-kafka carries the most" in page.text


def test_every_picture_is_drawn_where_there_is_data(page: Page) -> None:
    assert page.pictures == 5


def test_the_same_results_make_the_same_page_to_the_byte(tmp_path: Path) -> None:
    folder = made_up_run.write(tmp_path, RATES)
    assert render(folder) == render(folder)


def test_cells_that_cannot_be_told_apart_have_no_winner(tmp_path: Path) -> None:
    page = Page(render(made_up_run.write(tmp_path, {"seed-2020": 40.0, "a": 1000.0, "b": 1000.0})))
    assert "No single winner" in page.text


def test_a_run_without_a_valid_trial_says_so_and_shows_the_reasons(tmp_path: Path) -> None:
    page = Page(render(made_up_run.write(tmp_path, RATES, fail=True)))
    assert "No verdict: none of the 3 cells has a valid trial" in page.text
    assert "user 3 has 7" in page.text


def test_a_run_without_any_trial_is_readable(tmp_path: Path) -> None:
    page = Page(render(made_up_run.write(tmp_path, RATES, blocks=0)))
    assert "0 of 0 trials are valid" in page.text


def test_names_from_the_results_cannot_become_markup(tmp_path: Path) -> None:
    html = render(made_up_run.write(tmp_path, {"<script>alert(1)</script>": 40.0, "b": 80.0}))
    assert "<script>alert" not in html
