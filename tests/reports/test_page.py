from pathlib import Path

import pytest

from benchmarks.results.store.files import read_trials
from reports.charts.catalogue import CHARTS
from reports.render import html, markdown, open_report
from tests.reports import golden, made_up_run
from tests.reports.html_page import HtmlPage

RATES = {
    "seed-2020": 40.0,
    "granian x confluent-kafka": 2000.0,
    "gunicorn-gthread x confluent-kafka": 1500.0,
    "gunicorn-gthread x kafka-python": 1000.0,
}
SIXTY = {f"server-{i // 6} x client-{i % 6}": 100.0 + 10 * i for i in range(60)}
WITHOUT_DATA = ("capacity", "loads")
"""Charts that a run without a capacity search and with one load per cell does not have."""

LARGEST_PAGE_BYTES = 3_000_000


def render(folder: Path) -> str:
    return html(open_report(folder))


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return golden.rendered(tmp_path_factory.mktemp("run"))


@pytest.mark.parametrize("name", ["report.html", "report.md", "report.csv"])
def test_a_fixed_run_renders_like_its_golden_file(rendered: dict[str, str], name: str) -> None:
    assert rendered[name].splitlines() == (golden.FOLDER / name).read_text().splitlines()


def test_no_golden_file_is_left_over(rendered: dict[str, str]) -> None:
    assert {file.name for file in golden.FOLDER.iterdir()} == set(rendered)


@pytest.fixture
def page(tmp_path: Path) -> HtmlPage:
    return HtmlPage(render(made_up_run.write(tmp_path, RATES)))


def test_the_page_fetches_nothing_and_links_only_into_its_folder(page: HtmlPage) -> None:
    assert page.fetched == []
    assert {link.split("/")[0] for link in page.links} == {
        "run.json",
        "trials.jsonl",
        "samples",
        "logs",
        "report.md",
        "report.csv",
    }


def test_the_page_names_the_fastest_cell_and_its_ratio(page: HtmlPage) -> None:
    assert "granian x confluent-kafka has the highest throughput" in page.text


def test_every_chart_is_drawn_where_there_is_data(page: HtmlPage) -> None:
    assert page.charts == len(CHARTS) - len(WITHOUT_DATA)


def test_the_same_results_make_the_same_page_to_the_byte(tmp_path: Path) -> None:
    folder = made_up_run.write(tmp_path, RATES)
    assert render(folder) == render(folder)


def test_cells_without_a_shown_difference_have_no_winner(tmp_path: Path) -> None:
    page = HtmlPage(render(made_up_run.write(tmp_path, {"seed-2020": 40.0, "a": 1000.0, "b": 1000.0})))
    assert "No single winner" in page.text
    assert [row[1] for row in page.cells[1:]] == ["1 to 2", "1 to 2", "3"]


def test_a_run_without_a_valid_trial_says_so_and_shows_the_reasons(tmp_path: Path) -> None:
    page = HtmlPage(render(made_up_run.write(tmp_path, RATES, fail=True)))
    assert "No verdict: none of the 4 cells has a valid trial" in page.text
    assert "user 3 has 7" in page.text
    assert page.charts == 0
    assert [row[0] for row in page.cells[1:]] == list(RATES)


def test_a_run_without_any_trial_is_readable(tmp_path: Path) -> None:
    page = HtmlPage(render(made_up_run.write(tmp_path, RATES, blocks=0)))
    assert "0 of 0 trials are valid" in page.text


def test_names_from_the_results_cannot_become_markup(tmp_path: Path) -> None:
    folder = made_up_run.write(tmp_path, {"<script>alert(1)</script>": 40.0, "b | c": 80.0})
    assert "<script>alert" not in render(folder)
    assert "<script>" not in markdown(open_report(folder))
    assert "b \\| c" in markdown(open_report(folder))


def test_sixty_cells_fit_on_a_page_of_three_megabytes(tmp_path: Path) -> None:
    content = render(made_up_run.write(tmp_path, SIXTY, blocks=2))
    page = HtmlPage(content)
    assert len(content.encode()) < LARGEST_PAGE_BYTES
    assert sorted(row[0] for row in page.cells[1:]) == sorted(SIXTY)


def test_names_of_eighty_characters_stay_whole_in_table_and_charts(tmp_path: Path) -> None:
    names = [
        f"a server with long settings {'x' * 9} x a client with settings too {'y' * 10} {i:02}"
        for i in range(3)
    ]
    assert {len(name) for name in names} == {80}
    content = render(made_up_run.write(tmp_path, dict.fromkeys(names, 500.0)))
    assert sorted(row[0] for row in HtmlPage(content).cells[1:]) == names
    assert content.count("…") == 0


def test_samples_that_cannot_be_read_are_named_and_left_out(tmp_path: Path) -> None:
    folder = made_up_run.write(tmp_path, RATES)
    first, second = [trial.open or trial for trial in read_trials(folder)][:2]
    (folder / str(first.samples)).unlink()
    (folder / str(second.samples)).write_bytes(b"cut off")
    page = HtmlPage(render(folder))
    assert "The samples of 2 valid trials cannot be read" in page.text
    assert page.charts == len(CHARTS) - len(WITHOUT_DATA)


def test_one_configuration_under_several_loads_is_drawn_as_a_line(tmp_path: Path) -> None:
    folder = made_up_run.write(tmp_path, {"4 users x c": 1_100.0, "16 users x c": 1_300.0}, alike=True)
    assert "Response time by load" in HtmlPage(render(folder)).text
