from loadtests.ledger.judge import Ledger
from loadtests.locust_integration.live_stats import LiveStats, histograms
from loadtests.locust_integration.web_ui import extended_stats
from loadtests.output import LoadRecord
from tests.loadtests.rows import row, samples

FINE = Ledger("valid", users=2, updates=3, lost=0, doubled=0, stale=0, crossed=0, indeterminate=0)


def load(recorded: int, *, cut: bool = False) -> LoadRecord:
    return LoadRecord(
        scenario="mixed", load="open", seed=1, users=1, rate=10, t0_ns=0, window_start_ns=0, window_end_ns=1,
        planned=5, recorded=recorded, unfinished=0, cut=cut, cpu_s=0, lag_ms_p99=0,
    )  # fmt: skip


def test_the_durations_of_processes_merge_by_histogram() -> None:
    live_stats = LiveStats(processes=2)
    live_stats.add_histograms(histograms(samples(row(1, "find", sent=0, ended=1))))
    live_stats.add_histograms(histograms(samples(row(2, "find", sent=0, ended=100))))
    response = next(row for row in live_stats.hop_rows() if row["hop"] == "response")
    assert response["count"] == 2
    assert 0.99 < response["p50"] < 1.01
    assert 99 < response["max"] < 101


def test_the_ledger_is_shown_after_the_end() -> None:
    live_stats = LiveStats()
    assert live_stats.ledger_rows() == [{"fact": "verdict", "value": "judged when the load has ended"}]
    live_stats.add_outcome(load(5), FINE)
    assert live_stats.ledger_rows()[0] == {"fact": "verdict", "value": "valid"}
    assert live_stats.unreported == 0


def test_rows_that_are_not_the_planned_number_make_the_load_invalid() -> None:
    live_stats = LiveStats(processes=2, planned=10)
    live_stats.add_outcome(load(5), FINE)
    live_stats.add_outcome(load(4), FINE)
    assert {
        "fact": "invalid load",
        "value": "10 requests were planned and 9 recorded.",
    } in live_stats.ledger_rows()


def test_a_cut_load_need_not_have_the_planned_number() -> None:
    live_stats = LiveStats(planned=10)
    live_stats.add_outcome(load(4, cut=True), FINE)
    assert live_stats.invalid_reasons() == []


def test_a_process_that_never_reports_its_outcome_makes_the_load_invalid() -> None:
    live_stats = LiveStats(processes=2)
    live_stats.add_outcome(load(5), FINE)
    live_stats.stop_waiting()
    assert live_stats.invalid_reasons() == ["1 processes did not report their outcome."]


def test_a_load_that_failed_shows_why_in_place_of_its_verdict() -> None:
    live_stats = LiveStats(errors=["--rate -1.0 is not allowed"])
    assert extended_stats(live_stats)[1]["data"] == [
        {"fact": "verdict", "value": "--rate -1.0 is not allowed"}
    ]
