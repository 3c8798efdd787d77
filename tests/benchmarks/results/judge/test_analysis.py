import re

import pytest

from benchmarks.cli.verdict_lines import figures_words
from benchmarks.results.judge.analysis import analyse
from benchmarks.results.store.schema import LeftOut, Load
from benchmarks.results.store.trial_schema import Noise, Spread
from tests.benchmarks.results.runs import UNBALANCED, blocks_of, cell, run, trial

A, B, C = cell("a"), cell("b"), cell("c")
TWIN = cell("a (A/A)", twin_of="a")


def test_a_cell_twice_as_fast_in_each_block_is_faster() -> None:
    analysis = analyse(run(A, B), blocks_of("a", 100) + blocks_of("b", 200, seed=2))
    (comparison,) = analysis.comparisons
    assert comparison.verdict == "faster"
    assert comparison.interval is not None
    assert comparison.interval.low < 2 < comparison.interval.high
    assert analysis.verdict("a") is None


def test_what_slows_a_whole_block_does_not_widen_the_interval() -> None:
    analysis = analyse(run(A, B), blocks_of("a", 100, noise=0) + blocks_of("b", 110, noise=0))
    interval = analysis.comparisons[0].interval
    assert interval is not None
    assert [interval.low, interval.high] == pytest.approx([1.1, 1.1])


def test_a_response_time_twice_as_long_is_slower() -> None:
    analysis = analyse(run(A, B), blocks_of("a", 200) + blocks_of("b", 100, seed=2))
    assert analysis.others["response p99"][0].verdict == "slower"


def test_cpu_per_request_leaves_the_generator_out_and_tells_each_component() -> None:
    analysis = analyse(run(A, B), blocks_of("a", 100) + blocks_of("b", 200, seed=2))
    cost = analysis.cells["b"].cpu_ms_per_request
    assert cost == {
        "endpoint": pytest.approx(0.5),
        "kafka": pytest.approx(0.25),
        "generator": pytest.approx(0.3),
    }
    assert analysis.others["CPU per request"][0].verdict == "tie"


def test_only_blocks_in_which_both_cells_are_valid_are_paired() -> None:
    ours = [one for one in blocks_of("b", 200, seed=2) if one.block != 3]
    lost = trial("b", 3, 1, valid=False, failure="it broke")
    analysis = analyse(run(A, B), [*blocks_of("a", 100), *ours, lost])
    assert analysis.comparisons[0].blocks == 7
    assert analysis.cells["b"].failures == ["it broke"]
    assert (analysis.cells["b"].blocks, analysis.cells["b"].trials) == (7, 8)


def test_one_ledger_that_does_not_balance_takes_the_rank_away() -> None:
    broken = trial("b", 0, 500, valid=False, failure="1 doubled", ledger=UNBALANCED)
    analysis = analyse(run(A, B), [*blocks_of("a", 100), broken, *blocks_of("b", 200, seed=2)[1:]])
    assert analysis.comparisons[0].verdict == "invalid"
    assert "does not balance in block 1: 1 doubled" in analysis.comparisons[0].reason


def test_a_cell_without_a_valid_trial_is_invalid_with_its_last_reason() -> None:
    lost = [trial("b", block, 1, valid=False, failure=f"it broke {block}") for block in range(2)]
    analysis = analyse(run(A, B, blocks=2), [*blocks_of("a", 100, blocks=2), *lost])
    assert (analysis.comparisons[0].verdict, analysis.comparisons[0].interval) == ("invalid", None)
    assert analysis.comparisons[0].reason == "no valid trial: it broke 1"
    assert analysis.cells["b"].throughput_per_s is None


def test_without_a_valid_reference_nothing_is_ranked() -> None:
    analysis = analyse(run(A, B), blocks_of("b", 100))
    assert analysis.comparisons[0].verdict == "invalid"
    assert "reference" in analysis.comparisons[0].reason


def test_a_reference_whose_ledger_does_not_balance_leaves_the_others_their_ranks() -> None:
    broken = trial("a", 0, 500, valid=False, failure="1 doubled", ledger=UNBALANCED)
    trials = [broken, *blocks_of("a", 100)[1:], *blocks_of("b", 100, seed=2), *blocks_of("c", 200, seed=3)]
    analysis = analyse(run(A, B, C), trials)
    assert {one.verdict for one in analysis.comparisons} == {"invalid"}
    assert analysis.comparisons[0].reason.startswith("the reference a has no rank: its ledger")
    assert [name for name, cell in analysis.cells.items() if cell.rank] == ["c", "b"]


def test_cells_are_ordered_by_their_figures_with_the_twin_below_its_cell_and_invalid_ones_last() -> None:
    trials = blocks_of("a", 100) + blocks_of("a (A/A)", 103, seed=3) + blocks_of("c", 200, seed=2)
    analysis = analyse(run(A, B, C, TWIN), trials)
    assert list(analysis.cells) == ["c", "a", "a (A/A)", "b"]


def test_a_cell_that_lacks_a_fast_block_has_the_figure_by_which_it_is_ranked() -> None:
    """In block 2 everything was four times as fast; b lacks it, and is still the faster cell."""
    speeds = (100.0, 100.0, 400.0, 100.0)
    trials = [trial("a", block, speed) for block, speed in enumerate(speeds)]
    trials += [trial("b", block, 1.2 * speed) for block, speed in enumerate(speeds) if block != 2]
    analysis = analyse(run(A, B, blocks=4), trials)
    assert list(analysis.cells) == ["b", "a"]
    a, b = (analysis.cells[name].throughput_per_s or 0 for name in "ab")
    assert b / a == pytest.approx(1.2)


@pytest.mark.parametrize(
    ("ended", "words"),
    [
        ("decided", "ended after 8 blocks, since every comparison with a was decided"),
        ("budget", "The time ended after 8 of at most 9 blocks"),
        ("blocks", "made all of its 8 blocks"),
    ],
)
def test_a_run_that_adds_blocks_until_it_is_decided_says_how_it_ended(ended: str, words: str) -> None:
    planned = run(A, B, blocks=9, budget_s=60, ended=ended)
    notes = " ".join(analyse(planned, blocks_of("a", 100) + blocks_of("b", 200, seed=2)).notes)
    assert words in notes


def test_the_twin_is_a_control_and_not_a_comparison() -> None:
    trials = blocks_of("a", 100) + blocks_of("a (A/A)", 103, seed=3) + blocks_of("b", 200, seed=2)
    analysis = analyse(run(A, B, TWIN), trials)
    assert [comparison.cell for comparison in analysis.comparisons] == ["b"]
    assert analysis.control is not None
    assert analysis.floor is not None
    assert 0.005 < analysis.floor < 0.06


def test_a_twin_that_differs_is_told_as_noise() -> None:
    trials = blocks_of("a", 100) + blocks_of("a (A/A)", 130, seed=3) + blocks_of("b", 120, seed=2)
    analysis = analyse(run(A, B, TWIN), trials)
    assert any("too noisy a machine" in note for note in analysis.notes)
    assert analysis.comparisons[0].verdict == "unknown"


def test_a_twin_that_costs_other_cpu_time_calls_the_machine_too_noisy_and_says_by_what() -> None:
    noise = Noise(steal_fraction=0.1, foreign_cpu_fraction=0.3, pressure_cpu_some=None, load_1min=5)
    costly = [
        one.model_copy(
            update={
                "noise": noise,
                "usage": {
                    name: used.model_copy(update={"cpu_s": used.cpu_s * 1.2})
                    for name, used in one.usage.items()
                },
            }
        )
        for one in blocks_of("a (A/A)", 100)
    ]
    notes = [
        note for note in analyse(run(A, TWIN), blocks_of("a", 100) + costly).notes if "CPU per req" in note
    ]
    assert len(notes) == 1
    assert "differs by 20.0%" in notes[0]
    assert "load up to 5.0" in notes[0]


def test_an_open_loop_is_judged_by_its_p99() -> None:
    load = Load(kind="open", rate_per_s=100)
    analysis = analyse(
        run(cell("a", load=load), cell("b", load=load)), blocks_of("a", 100) + blocks_of("b", 100)
    )
    assert analysis.metric == "response p99"


def test_the_notes_tell_what_three_blocks_cannot_and_what_was_left_out() -> None:
    left_out = [LeftOut(cell="d", reason="it is not installed")]
    trials = blocks_of("a", 100, blocks=3) + blocks_of("b", 100, blocks=3, seed=2)
    notes = " ".join(analyse(run(A, B, C, blocks=3, left_out=left_out), trials).notes)
    assert re.search(r"3 blocks of 2 cells show a difference of \d+% or more four times in five", notes)
    assert "d is left out: it is not installed" in notes
    assert "No cell is entered twice" in notes


def test_a_run_that_compares_nothing_says_nothing_of_what_it_can_tell_apart() -> None:
    assert not any("four times in five" in note for note in analyse(run(A), blocks_of("a", 100)).notes)


def test_a_cell_that_never_became_steady_is_told() -> None:
    rising = [one.model_copy(update={"drift": 1.3}) for one in blocks_of("a", 100)]
    steady = [one.model_copy(update={"drift": 1.02}) for one in blocks_of("b", 100)]
    notes = [note for note in analyse(run(A, B), rising + steady).notes if "steady" in note]
    assert len(notes) == 1
    assert notes[0].startswith("a had no steady state")


def test_windows_that_began_before_the_steady_state_are_counted() -> None:
    trials = [one.model_copy(update={"steady": one.block > 0}) for one in blocks_of("a", 100)]
    notes = " ".join(analyse(run(A), trials).notes)
    assert "In 1 of 8 trials throughput was not steady" in notes


def test_what_the_generator_says_of_a_closed_loop_is_told() -> None:
    trials = [one.model_copy(update={"complaints": ["The generator used 95%."]}) for one in blocks_of("a", 9)]
    notes = " ".join(analyse(run(A), trials).notes)
    assert "In 8 trials the generator" in notes
    assert "of a in block 1: The generator used 95%." in notes


def test_disturbances_are_told() -> None:
    noise = Noise(steal_fraction=0.1, foreign_cpu_fraction=0.3, pressure_cpu_some=None, load_1min=5)
    trials = [one.model_copy(update={"noise": noise}) for one in blocks_of("a", 100)]
    notes = " ".join(analyse(run(A), trials).notes)
    assert "Other programs used 30%" in notes
    assert "(steal)" in notes


def test_a_run_without_a_trial_can_be_analysed() -> None:
    assert analyse(run(A, B), []).comparisons[0].verdict == "invalid"


def test_a_cell_without_a_p99_is_printed_with_its_throughput() -> None:
    few = trial("a", 0, 100, response_ms=Spread(count=50, mean=1, p50=1, p90=1, p95=1, p99=1, max=1))
    found = analyse(run(cell("a"), blocks=1), [few]).cells["a"]
    assert figures_words(found) == "   100/s p50    1.0 p99       - ms"
