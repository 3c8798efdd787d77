from loadtests.ledger.judge import Ledger
from loadtests.locust_integration.live_stats import LiveStats, durations
from loadtests.locust_integration.web_ui import extended_stats
from loadtests.measurement.output import LoadRecord
from tests.loadtests.rows import row, samples

FINE = Ledger("valid", users=2, updates=3, lost=0, doubled=0, stale=0, crossed=0, indeterminate=0)


def load(recorded: int, *, cut: bool = False) -> LoadRecord:
    return LoadRecord(
        scenario="mixed", load="open", seed=1, users=1, rate=10, t0_ns=0, window_start_ns=0, window_end_ns=1,
        planned=5, recorded=recorded, unfinished=0, cut=cut, cpu_s=0, lag_ms_p99=0,
    )  # fmt: skip


def test_the_durations_of_processes_merge_by_histogram() -> None:
    board = LiveStats(processes=2)
    board.add_spans(durations(samples(row(1, "find", sent=0, ended=1))))
    board.add_spans(durations(samples(row(2, "find", sent=0, ended=100))))
    response = next(row for row in board.hop_rows() if row["hop"] == "response")
    assert response["count"] == 2
    assert 0.99 < response["p50"] < 1.01
    assert 99 < response["max"] < 101


def test_the_ledger_waits_for_an_end() -> None:
    board = LiveStats()
    assert board.ledger_rows() == [{"fact": "verdict", "value": "judged when the load has ended"}]
    board.add_end(load(5), FINE)
    assert board.ledger_rows()[0] == {"fact": "verdict", "value": "valid"}
    assert board.silent == 0


def test_rows_that_are_not_the_planned_number_make_the_load_invalid() -> None:
    board = LiveStats(processes=2, planned=10)
    board.add_end(load(5), FINE)
    board.add_end(load(4), FINE)
    assert {
        "fact": "invalid load",
        "value": "10 requests were planned and 9 recorded.",
    } in board.ledger_rows()


def test_a_cut_load_need_not_have_the_planned_number() -> None:
    board = LiveStats(planned=10)
    board.add_end(load(4, cut=True), FINE)
    assert board.complaints() == []


def test_a_process_that_never_tells_its_outcome_is_a_complaint() -> None:
    board = LiveStats(processes=2)
    board.add_end(load(5), FINE)
    board.give_up()
    assert board.complaints() == ["1 processes did not tell their outcome."]


def test_a_refused_load_says_why_where_its_verdict_would_stand() -> None:
    board = LiveStats(refusals=["rate -1.0 is not allowed"])
    assert extended_stats(board)[1]["data"] == [{"fact": "verdict", "value": "rate -1.0 is not allowed"}]
