from pathlib import Path

import pytest

from benchmarks.results.store.files import UnreadableError, read_run, write_run
from benchmarks.results.store.trial_schema import MachineSpeed
from reports.index import at_reference, index_page, read_entries
from tests.reports import made_up_run
from tests.reports.html_page import HtmlPage

RATES = {"seed-2020": 40.0, "granian x confluent-kafka": 400.0}


def store(results: Path, name: str, commit: str, cores: int = 2) -> Path:
    folder = made_up_run.write(results / name, RATES)
    run = read_run(folder)
    environment = run.environment.model_copy(update={"commit": commit, "cores": cores})
    write_run(folder, run.model_copy(update={"run_id": name, "started_at": name, "environment": environment}))
    return folder


def test_runs_of_a_profile_are_a_history_across_commits(tmp_path: Path) -> None:
    for name, commit in (("2026-01", "aaaaaaaaaa"), ("2026-02", "bbbbbbbbbb")):
        (store(tmp_path, name, commit) / "report.html").touch()
    page = HtmlPage(index_page(tmp_path))
    assert (page.charts, page.fetched) == (2, [])
    assert page.links == ["2026-02/report.html", "2026-02/", "2026-01/report.html", "2026-01/"]
    assert page.text.count("aaaaaaa") == page.text.count("bbbbbbb") > 1
    assert "granian x confluent-kafka has the highest throughput" in page.text


def test_a_history_is_drawn_with_and_without_the_speed_of_the_machine(tmp_path: Path) -> None:
    slow = store(tmp_path, "2026-01", "aaaaaaaaaa")
    store(tmp_path, "2026-02", "bbbbbbbbbb")
    half = MachineSpeed(one_core=0.255, two_cores=0.5, wake_up_us=20)
    made_up_run.edit_trials(
        slow, lambda one: one.model_copy(update={"speed_before": half, "speed_after": half})
    )
    entries, _ = read_entries(tmp_path)
    assert [one.speed for one in entries] == pytest.approx([0.255, 0.51])
    [before, after] = [one.blocks["throughput"]["seed-2020"][0] for one in at_reference(entries)]
    assert before == pytest.approx(2 * after)
    assert HtmlPage(index_page(tmp_path)).charts == 2
    made_up_run.edit_trials(
        slow, lambda one: one.model_copy(update={"speed_before": None, "speed_after": None})
    )
    assert HtmlPage(index_page(tmp_path)).charts == 1


def test_runs_of_two_machines_are_no_history(tmp_path: Path) -> None:
    store(tmp_path, "2026-01", "aaaaaaaaaa", cores=2)
    store(tmp_path, "2026-02", "aaaaaaaaaa", cores=64)
    page = HtmlPage(index_page(tmp_path))
    assert page.charts == 0
    assert "quick on 64 cores" in page.text


def test_a_broken_run_is_listed_with_its_reason(tmp_path: Path) -> None:
    store(tmp_path, "2026-01", "aaaaaaaaaa")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "run.json").write_text("{")
    page = HtmlPage(index_page(tmp_path))
    assert "1 run" in page.text
    assert "run.json: not JSON" in page.text


def test_an_empty_folder_says_how_to_make_a_run(tmp_path: Path) -> None:
    assert "make bench" in index_page(tmp_path)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="no such folder"):
        index_page(tmp_path / "nowhere")
