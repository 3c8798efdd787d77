import pytest

from loadtests.generator.schedule import is_steady


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
