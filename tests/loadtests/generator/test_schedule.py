import numpy as np
import pytest

from loadtests.generator.schedule import ARRIVALS, SHAPES, is_steady, level, schedule_s


@pytest.mark.parametrize("arrivals", ARRIVALS)
@pytest.mark.parametrize("shape", SHAPES)
def test_the_same_seed_gives_the_same_schedule(arrivals: str, shape: str) -> None:
    first, second = (schedule_s(200, arrivals, shape, 1, 10, seed=7) for _ in range(2))
    assert np.array_equal(first, second)
    assert np.all(np.diff(first) >= 0)
    assert 0 <= first[0] <= first[-1] <= 11


def test_another_seed_gives_other_poisson_arrivals() -> None:
    first, second = (schedule_s(200, "poisson", "constant", 1, 10, seed) for seed in (1, 2))
    assert not np.array_equal(first[:100], second[:100])


def test_constant_arrivals_are_equally_far_apart() -> None:
    due = schedule_s(200, "constant", "constant", 1, 4, seed=1)
    assert len(due) == 1_000
    assert np.allclose(np.diff(due), 1 / 200)


def test_poisson_gaps_scatter_as_much_as_their_mean() -> None:
    gaps = np.diff(schedule_s(1_000, "poisson", "constant", 0, 60, seed=3))
    assert gaps.mean() == pytest.approx(1 / 1_000, rel=0.02)
    assert gaps.std() == pytest.approx(gaps.mean(), rel=0.03)


@pytest.mark.parametrize(("shape", "expected"), [("steps", [25, 50, 75, 100]), ("ramp", [21, 44, 66, 89])])
def test_a_shape_sets_the_rate_of_each_quarter(shape: str, expected: list[int]) -> None:
    due = schedule_s(100, "constant", shape, 0, 40, seed=1)
    rates, _ = np.histogram(due, bins=[0, 10, 20, 30, 40])
    assert np.allclose(rates / 10, expected, atol=1)


def test_a_spike_is_full_load_in_the_middle_fifth() -> None:
    assert [level("spike", at, 0, 10) for at in (3.9, 4.0, 5.9, 6.0)] == [0.25, 1.0, 1.0, 0.25]


def test_the_warm_up_is_at_the_first_level_of_the_window() -> None:
    assert level("steps", 0.0, warm_up_s=5, window_s=10) == 0.25


@pytest.mark.parametrize(
    ("answered", "steady"),
    [
        ([0, 100, 200], True),
        ([0, 100, 204], True),
        ([0, 100, 206], False),
        ([0, 100, 194], False),
        ([0, 50, 150, 250], True),
        ([0, 0, 0], False),
    ],
    ids=["equal", "within 5 %", "rising", "falling", "only the last two count", "no answer"],
)
def test_a_load_is_steady_when_its_last_two_steps_answered_alike(answered: list[int], steady: bool) -> None:  # noqa: FBT001
    assert is_steady(answered) is steady
