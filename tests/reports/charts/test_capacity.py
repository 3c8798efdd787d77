import csv
import io
from pathlib import Path

import pytest

from reports.render import Report, html, open_report
from reports.spreadsheet import spreadsheet
from tests.reports import made_up_run
from tests.reports.html_page import HtmlPage

RATES = {"seed-2020": 40.0, "granian x confluent-kafka": 800.0, "gunicorn-gthread x kafka-python": 600.0}
TRIED = {
    "granian x confluent-kafka": [(400.0, True), (600.0, False), (500.0, True)],
    "gunicorn-gthread x kafka-python": [(300.0, True), (450.0, True)],
}


@pytest.fixture
def report(tmp_path: Path) -> Report:
    return open_report(made_up_run.add_probes(made_up_run.write(tmp_path, RATES), TRIED))


def test_the_table_shows_the_rate_that_was_kept_and_the_one_that_was_not(report: Report) -> None:
    heads, unprobed, missed, kept = HtmlPage(html(report)).cells
    assert heads[7:9] == ["capacity at p99 ≤ 50 ms", "p99 ms at 100 requests/s"]
    assert unprobed[7:9] == ["–|", "–|"]
    assert missed[7] == "500|not 600"
    assert kept[7] == "≥ 450|"


def test_the_picture_and_its_numbers_show_every_probe(report: Report) -> None:
    picture = next(one for one in report.pictures if one.name == "capacity")
    assert len(picture.drawing.numbers.rows) == 7
    assert picture.drawing.numbers.rows[1][-1] == "20.0% of the load piled up, 2.0% are allowed"


def test_the_spreadsheet_has_capacity_and_common_rate(report: Report) -> None:
    rows = {row["cell"]: row for row in csv.DictReader(io.StringIO(spreadsheet(report.page)))}
    row = rows["granian x confluent-kafka"]
    assert (row["capacity_per_s"], row["capacity_missed_per_s"]) == ("500.0", "600.0")
    assert row["common_rate_per_s"] == "100.0"
    assert float(row["common_rate_response_p99_ms"]) > float(row["common_rate_response_p50_ms"])
    assert rows["seed-2020"]["capacity_per_s"] == ""
