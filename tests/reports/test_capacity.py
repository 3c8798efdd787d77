import csv
import io
from pathlib import Path

import pytest

from reports.render import Report, html, markdown, open_report
from reports.report_csv import report_csv
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


def test_the_table_shows_the_highest_rate_met_and_the_lowest_missed(report: Report) -> None:
    heads, missed, met, unprobed = HtmlPage(html(report)).cells
    assert heads[8:10] == ["capacity at p99 ≤ 50 ms", "p99 ms at 1,200 requests/s"]
    assert unprobed[8:10] == ["–|", "–|"]
    assert missed[8] == "500|missed at 600"
    assert met[8] == "≥ 450|"


def test_each_column_of_the_markdown_table_has_a_head(report: Report) -> None:
    lines = markdown(report).splitlines()
    first = next(place for place, line in enumerate(lines) if line.startswith("| cell | rank |"))
    assert "capacity at p99 ≤ 50 ms" in lines[first]
    assert len({line.count("|") for line in lines[first : first + 2 + len(RATES)]}) == 1


def test_the_chart_and_its_numbers_show_every_probe(report: Report) -> None:
    rows = report.charts["capacity"].numbers.rows
    assert len(rows) == 7
    assert rows[1][-1] == "20.0% of the load piled up, 2.0% are allowed"


def test_the_csv_has_capacity_and_common_rate(report: Report) -> None:
    rows = {row["cell"]: row for row in csv.DictReader(io.StringIO(report_csv(report.summary)))}
    row = rows["granian x confluent-kafka"]
    assert (row["capacity_per_s"], row["capacity_missed_per_s"]) == ("500.0", "600.0")
    assert row["common_rate_per_s"] == "1200.0"
    assert float(row["common_rate_response_p99_ms"]) > float(row["common_rate_response_p50_ms"])
    assert rows["seed-2020"]["capacity_per_s"] == ""
