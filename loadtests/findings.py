"""A fault that the ledger found, told in one sentence."""

from typing import Literal, NamedTuple

Kind = Literal["lost", "doubled", "stale"]


class Finding(NamedTuple):
    """What is wrong: an update *lost*, *doubled*, or an answer that is *stale*."""

    kind: Kind
    sentence: str
