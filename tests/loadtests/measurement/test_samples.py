import numpy as np
import pytest

from loadtests.measurement.samples import accepted, refused, succeeded, within


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (0, (False, False, False)),
        (200, (True, True, False)),
        (201, (True, True, False)),
        (302, (True, False, False)),
        (400, (True, False, True)),
        (422, (True, False, True)),
        (500, (False, False, False)),
        (504, (False, False, False)),
    ],
)
def test_an_answer_succeeded_was_accepted_or_was_refused(
    status: int, expected: tuple[bool, bool, bool]
) -> None:
    assert (succeeded(status), accepted(status), refused(status)) == expected
    column = np.array([status], "u2")
    assert (succeeded(column)[0], accepted(column)[0], refused(column)[0]) == expected


def test_a_window_includes_its_start_and_not_its_end() -> None:
    assert within(np.array([9, 10, 19, 20]), 10, 20).tolist() == [False, True, True, False]
