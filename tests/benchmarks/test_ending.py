"""A run adds blocks until every comparison is decided, its time is over, or all blocks are made."""

from collections.abc import Sequence

from benchmarks.ending import complete_blocks, due, how_it_ends
from benchmarks.plan import PlannedTrial
from benchmarks.results.store.schema import Run
from benchmarks.results.store.trial_schema import Trial
from tests.benchmarks.results.runs import UNBALANCED, blocks_of, cell, run, trial

A, B = cell("a"), cell("b")
NOISY = (100.0, 260.0, 90.0, 310.0, 120.0, 200.0)


def until_decided(measured_s: float = 0, budget_s: float = 1_000, blocks: int = 6) -> Run:
    return run(A, B, blocks=blocks, budget_s=budget_s, measured_s=measured_s)


def decided(blocks: int) -> list[Trial]:
    return blocks_of("a", 100, blocks) + blocks_of("b", 200, blocks, seed=2)


def undecided(blocks: int) -> list[Trial]:
    speeds: Sequence[float] = NOISY[:blocks]
    return blocks_of("a", 150, blocks) + [trial("b", block, speed) for block, speed in enumerate(speeds)]


def test_nothing_is_decided_before_the_third_block() -> None:
    assert how_it_ends(until_decided(), decided(2)) is None
    assert how_it_ends(until_decided(), decided(3)) == "decided"
    assert due(until_decided(), decided(3)) == []


def test_a_run_that_is_undecided_has_the_next_block_due_and_only_that() -> None:
    assert due(until_decided(), undecided(3)) == [PlannedTrial("a", 3, 1), PlannedTrial("b", 3, 1)]


def test_a_block_that_has_begun_is_made_to_its_end_without_a_look() -> None:
    begun = [*undecided(3), trial("a", 3, 100)]
    late = until_decided(measured_s=2_000)
    assert complete_blocks(late, begun) == 3
    assert how_it_ends(late, begun) is None
    assert due(late, begun) == [PlannedTrial("b", 3, 1)]


def test_no_block_starts_that_is_not_likely_to_fit_the_budget() -> None:
    # 8 trials took 80 s, so another block of two takes 20 s.
    assert how_it_ends(until_decided(measured_s=80, budget_s=100), undecided(4)) is None
    assert how_it_ends(until_decided(measured_s=80, budget_s=99), undecided(4)) == "budget"


def test_the_first_block_is_made_whatever_the_budget() -> None:
    assert len(due(until_decided(budget_s=0.001), [])) == 2


def test_an_interrupted_trial_is_made_again_and_costs_nothing() -> None:
    interrupted = trial("a", 0, 100, valid=False, failure="interrupted; ...")
    assert len(due(until_decided(measured_s=0, budget_s=1), [interrupted])) == 2


def test_an_undecided_run_ends_with_its_last_block() -> None:
    assert how_it_ends(until_decided(blocks=4), undecided(4)) == "blocks"


def test_a_run_that_ended_stays_ended() -> None:
    ended = until_decided().model_copy(update={"ended": "budget"})
    assert due(ended, undecided(3)) == []


def test_a_cell_that_can_have_no_rank_does_not_keep_the_run_going() -> None:
    broken = trial("b", 0, 100, valid=False, failure="1 doubled", ledger=UNBALANCED)
    trials = [*blocks_of("a", 100, 3), broken, *blocks_of("b", 200, 3)[1:]]
    assert how_it_ends(until_decided(), trials) == "decided"


def test_a_run_with_a_fixed_number_of_blocks_makes_them_all() -> None:
    fixed = run(A, B, blocks=4)
    assert how_it_ends(fixed, decided(4)) is None
    assert len(due(fixed, decided(3))) == 2
