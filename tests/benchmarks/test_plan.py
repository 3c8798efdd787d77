import pytest

from benchmarks.plan import (
    CatalogueNames,
    PlannedTrial,
    draw_order,
    excluded,
    expand,
    remaining,
)
from benchmarks.profile import Profile, ProfileError
from benchmarks.results.command_lines import Variant, load_seed, variant
from benchmarks.results.store.schema import LeftOut
from benchmarks.results.store.trial_schema import LedgerReport, Trial

NAMES = CatalogueNames(servers=["s1", "s2"], clients=["c1", "c2", "memory"], scenarios=["mixed", "credit"])
BASE: dict[str, object] = {
    "description": "d",
    "reference": "s1 x c1",
    "blocks": 3,
    "warm_up_s": 1,
    "window_s": 2,
    "load": {"kind": "closed", "users": 4},
}


def profile(**more: object) -> Profile:
    return Profile.model_validate(BASE | more)


def names(one: Profile) -> list[str]:
    return [cell.name for cell in expand(one, NAMES)]


def test_axes_are_multiplied_and_a_star_is_the_whole_catalogue() -> None:
    one = profile(axes={"servers": ["*"], "clients": ["c1", "c2"]})
    assert names(one) == ["s1 x c1", "s1 x c2", "s2 x c1", "s2 x c2"]


def test_a_name_says_which_axis_made_it_differ() -> None:
    one = profile(
        reference="s1 x c1, credit, 1p2t",
        axes={"servers": ["s1"], "clients": ["c1"], "scenarios": ["credit"], "threads": [2]},
    )
    assert names(one) == ["s1 x c1, credit, 1p2t"]


def test_an_excluded_cell_is_left_out_with_its_reason() -> None:
    one = profile(
        axes={"servers": ["s1"], "clients": ["*"]}, exclusions=[{"client": "memory", "reason": "no broker"}]
    )
    assert names(one) == ["s1 x c1", "s1 x c2"]
    assert excluded(one, NAMES) == [LeftOut(cell="s1 x memory", reason="no broker")]


def test_the_twin_is_its_cell_under_another_name() -> None:
    *_, cell, twin = expand(profile(twin="s1 x c1", cells=[{"server": "s1", "client": "c1"}]), NAMES)
    assert twin.twin_of == cell.name
    assert twin.model_copy(update={"name": cell.name, "twin_of": None}) == cell


@pytest.mark.parametrize("role", ["reference", "twin"])
def test_a_reference_or_twin_that_is_no_cell_is_refused(role: str) -> None:
    one = profile(cells=[{"server": "s1", "client": "c1"}], **{role: "nobody"})
    with pytest.raises(
        ProfileError, match=f"{role} 'nobody' is no cell of the profile; choose one of s1 x c1"
    ):
        expand(one, NAMES)


def test_a_cell_twice_is_refused() -> None:
    with pytest.raises(ProfileError, match="'s1 x c1' is in the profile twice"):
        expand(profile(cells=[{"server": "s1", "client": "c1"}] * 2), NAMES)


def test_each_block_has_every_cell_once_in_an_order_that_its_seed_decides() -> None:
    cells = expand(profile(axes={"servers": ["*"], "clients": ["*"]}), NAMES)
    order = draw_order(cells, 5, seed=1)
    assert order == draw_order(cells, 5, seed=1)
    assert order != draw_order(cells, 5, seed=2)
    assert all(sorted(row) == sorted(cell.name for cell in cells) for row in order)
    assert len({tuple(row) for row in order}) > 1


def test_cells_of_a_block_share_their_seed_and_blocks_do_not() -> None:
    assert len({load_seed(7, block) for block in range(10)}) == 10


def test_cells_share_a_runtime_unless_a_baseline_or_other_functions_ask_for_their_own() -> None:
    plain, seeded, broken, bare = expand(
        profile(
            cells=[
                {"server": "s1", "client": "c1"},
                {"server": "s1", "client": "c1", "name": "old", "baseline": "seed_2020"},
                {"server": "s1", "client": "c1", "name": "broken", "functions": "a.b:app"},
                {"server": "s1", "client": "c1", "name": "bare", "baseline": "bare"},
            ]
        ),
        NAMES,
    )
    assert variant(plain) == variant(bare) == Variant(None, None)
    assert [variant(one).name for one in (plain, seeded, broken)] == [
        "current",
        "seed_2020",
        "current-a.b-app",
    ]


def trial(
    cell: str, block: int, attempt: int, failure: str | None, ledger: LedgerReport | None = None
) -> Trial:
    return Trial(
        cell=cell,
        block=block,
        attempt=attempt,
        valid=failure is None,
        failure=failure,
        started_at="2026-01-01T00:00:00+00:00",
        ledger=ledger,
    )


UNBALANCED = LedgerReport(verdict="invalid", users=1, updates=1, lost=1, doubled=0, indeterminate=0)
ORDER = [["a", "b"], ["b", "a"]]


@pytest.mark.parametrize(
    ("trials", "left"),
    [
        (
            [],
            [
                PlannedTrial("a", 0, 1),
                PlannedTrial("b", 0, 1),
                PlannedTrial("b", 1, 1),
                PlannedTrial("a", 1, 1),
            ],
        ),
        (
            [trial("a", 0, 1, None)],
            [PlannedTrial("b", 0, 1), PlannedTrial("b", 1, 1), PlannedTrial("a", 1, 1)],
        ),
        (
            [trial("a", 0, 1, "x")],
            [
                PlannedTrial("a", 0, 2),
                PlannedTrial("b", 0, 1),
                PlannedTrial("b", 1, 1),
                PlannedTrial("a", 1, 1),
            ],
        ),
        (
            [trial("a", 0, n, "x") for n in (1, 2, 3)],
            [PlannedTrial("b", 0, 1), PlannedTrial("b", 1, 1), PlannedTrial("a", 1, 1)],
        ),
        (
            [trial("a", 0, 1, "x", UNBALANCED)],
            [PlannedTrial("b", 0, 1), PlannedTrial("b", 1, 1), PlannedTrial("a", 1, 1)],
        ),
        (
            [trial("a", 0, 1, "interrupted; ...")] * 4,
            [
                PlannedTrial("a", 0, 1),
                PlannedTrial("b", 0, 1),
                PlannedTrial("b", 1, 1),
                PlannedTrial("a", 1, 1),
            ],
        ),
    ],
    ids=["nothing", "one valid", "one failed", "three failed", "unbalanced", "interrupted"],
)
def test_what_is_missing_comes_in_the_order_of_the_plan(
    trials: list[Trial], left: list[PlannedTrial]
) -> None:
    assert remaining(ORDER, trials, attempts=3) == left
