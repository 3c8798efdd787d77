import math

import numpy as np
import pytest

from loadtests.generator.responses import parse_hops_ms


@pytest.mark.parametrize(
    ("header", "hops"),
    [
        (
            "endpoint;dur=0.1, request;dur=0.2, function;dur=0.3, reply;dur=0.4, total;dur=1",
            (0.1, 0.2, 0.3, 0.4, 1),
        ),
        ("total;dur=1.5,endpoint;dur=0.5", (0.5, math.nan, math.nan, math.nan, 1.5)),
        ("cache;desc=hit, total;dur=fast", (math.nan,) * 5),
        ("", (math.nan,) * 5),
        (None, (math.nan,) * 5),
    ],
)
def test_the_hops_are_read_by_name(header: str | None, hops: tuple[float, ...]) -> None:
    assert np.array_equal(parse_hops_ms(header), hops, equal_nan=True)
