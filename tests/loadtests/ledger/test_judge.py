from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from loadtests.ledger.judge import Ledger, judge, merge
from loadtests.scenarios.routes import ROUTE_NUMBERS
from tests.loadtests.ledger.simulation import simulate
from tests.loadtests.rows import row, samples

SEEDS = st.integers(0, 2**32)


def test_a_credit_that_is_the_sum_of_the_answered_updates_is_valid() -> None:
    load = samples(row(1, "add", amount=7), row(2, "subtract", amount=2))
    ledger = judge(load, {1: 10}, {1: 15}, expected_reads=1)
    assert ledger == Ledger(
        "valid", users=1, updates=2, lost=0, doubled=0, stale=0, crossed=0, indeterminate=0
    )


def test_a_lost_update_is_counted_and_named() -> None:
    ledger = judge(
        samples(row(1, "add", amount=7), row(2, "add", amount=2)), {1: 10}, {1: 12}, expected_reads=1
    )
    assert (ledger.verdict, ledger.lost) == ("invalid", 1)
    assert ledger.detail == [
        "User 1 has credit 12; the answered requests make it 19. Request 1 lost would explain it."
    ]


def test_a_doubled_update_is_counted_and_named() -> None:
    ledger = judge(
        samples(row(1, "add", amount=7), row(2, "add", amount=2)), {1: 10}, {1: 26}, expected_reads=1
    )
    assert (ledger.verdict, ledger.doubled) == ("invalid", 1)
    assert "Request 1 applied twice" in ledger.detail[0]


def test_a_refused_update_changes_nothing() -> None:
    load = samples(row(1, "subtract", amount=70, status=400))
    assert judge(load, {1: 10}, {1: 10}, expected_reads=1).verdict == "valid"
    assert judge(load, {1: 10}, {1: -60}, expected_reads=1).verdict == "invalid"


@pytest.mark.parametrize("status", [0, 500, 503, 504])
@pytest.mark.parametrize("credit", [10, 17])
def test_an_update_without_an_answer_may_or_may_not_have_been_applied(status: int, credit: int) -> None:
    ledger = judge(samples(row(1, "add", amount=7, status=status)), {1: 10}, {1: credit}, expected_reads=1)
    assert (ledger.verdict, ledger.indeterminate) == ("valid", 1)


def test_an_update_without_an_answer_widens_the_bounds_by_itself_only() -> None:
    ledger = judge(samples(row(1, "add", amount=7, status=0)), {1: 10}, {1: 18}, expected_reads=1)
    assert (ledger.verdict, ledger.doubled) == ("invalid", 1)


def test_an_update_repeated_under_its_key_counts_once() -> None:
    load = samples(row(1, "add", amount=7, status=0), row(2, "add", amount=7, operation=1))
    assert judge(load, {1: 10}, {1: 17}, expected_reads=1).verdict == "valid"
    assert judge(load, {1: 10}, {1: 24}, expected_reads=1).doubled == 1
    assert judge(load, {1: 10}, {1: 10}, expected_reads=1).lost == 1


def test_a_removed_user_must_be_gone() -> None:
    load = samples(row(1, "remove"))
    assert judge(load, {1: 10}, {1: None}, expected_reads=1).verdict == "valid"
    assert judge(load, {1: 10}, {1: 10}, expected_reads=1).lost == 1


def test_a_user_whom_nobody_removed_must_be_there() -> None:
    assert judge(samples(), {1: 10}, {1: None}, expected_reads=1).lost == 1


@pytest.mark.parametrize("closing", [None, 10])
def test_a_remove_without_an_answer_may_or_may_not_have_been_applied(closing: int | None) -> None:
    assert (
        judge(samples(row(1, "remove", status=504)), {1: 10}, {1: closing}, expected_reads=1).verdict
        == "valid"
    )


def test_an_id_given_out_twice_is_invalid() -> None:
    load = samples(row(1, "create", user=5, status=201), row(2, "create", user=5, status=201))
    assert judge(load, {}, {5: 0}, expected_reads=1).detail == ["Id 5 was given out 2 times."]


def test_a_create_repeated_under_its_key_gives_the_same_id() -> None:
    load = samples(row(1, "create", user=5, status=201), row(2, "create", user=5, status=201, operation=1))
    assert judge(load, {}, {5: 0}, expected_reads=1).verdict == "valid"


def test_users_that_could_not_be_read_leave_the_verdict_unknown() -> None:
    assert judge(samples(), {1: 10, 2: 10}, {1: 10}, expected_reads=2).verdict == "unknown"


def test_a_fault_outweighs_what_could_not_be_read() -> None:
    assert judge(samples(), {1: 10, 2: 10}, {1: 11}, expected_reads=2).verdict == "invalid"


def test_merged_ledgers_add_up_and_keep_the_worst_verdict() -> None:
    fine = Ledger("valid", users=2, updates=3, lost=0, doubled=0, stale=0, crossed=0, indeterminate=1)
    bad = replace(fine, verdict="invalid", lost=1, detail=["User 1 ..."])
    unread = replace(fine, verdict="unknown")
    assert merge([fine, fine]) == replace(fine, users=4, updates=6, indeterminate=2)
    assert merge([fine, unread]).verdict == "unknown"
    assert merge([unread, bad, fine]).verdict == "invalid"
    assert merge([unread, bad, fine]).detail == ["User 1 ..."]


@given(SEEDS)
def test_a_correct_service_always_balances(seed: int) -> None:
    load = simulate(Random(seed), unanswered=0.2)
    ledger = judge(load.samples, load.opening, load.closing, expected_reads=len(load.closing))
    assert ledger.verdict == "valid", ledger.detail


@pytest.mark.parametrize("times", [0, 2])
@given(seed=SEEDS)
def test_one_update_lost_or_doubled_is_always_found_when_all_were_answered(times: int, seed: int) -> None:
    load = simulate(Random(seed), fault=times)
    ledger = judge(load.samples, load.opening, load.closing, expected_reads=len(load.closing))
    assert ledger.verdict == ("invalid" if load.faulty else "valid")
    assert ledger.lost + ledger.doubled == len(load.faulty)


@given(SEEDS)
def test_two_answers_that_were_exchanged_are_counted_and_nothing_else_is_accused(seed: int) -> None:
    load = simulate(Random(seed), unanswered=0.2)
    exchanged = exchange_answers(load.samples)
    ledger = judge(exchanged, load.opening, load.closing, expected_reads=len(load.closing))
    crossed = int(np.count_nonzero(exchanged["answered"] != load.samples["answered"]))
    assert (ledger.crossed, ledger.lost, ledger.doubled, ledger.stale) == (crossed, 0, 0, 0)
    assert ledger.verdict == ("invalid" if crossed else "valid")


def exchange_answers(rows: NDArray[np.void]) -> NDArray[np.void]:
    """Exchange the first answers that name the first two users."""
    named = np.flatnonzero((rows["answered"] >= 0) & (rows["route"] != ROUTE_NUMBERS["create"]))
    _, first = np.unique(rows["user"][named], return_index=True)
    exchanged = rows.copy()
    for column in ("answered", "credit"):
        exchanged[column][named[first[:2]]] = rows[column][named[first[:2]]][::-1]
    return exchanged
