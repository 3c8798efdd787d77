"""A fault that the ledger found, told in one sentence."""

from typing import Literal, NamedTuple

Kind = Literal["lost", "doubled", "stale", "crossed"]


class Finding(NamedTuple):
    """What is wrong: an update *lost*, *doubled*, or an answer that is *stale* or *crossed*."""

    kind: Kind
    sentence: str
