"""What the two functions remember, and the bytes it is kept as."""

from dataclasses import dataclass
from struct import Struct
from typing import Self

MAX_CREDIT = 2**63 - 1
MAX_ID = 2**63 - 1
MAX_COUNT = 10**9
"""The most users that a batch may have: past it one stray request could use up the ids."""

_USER = Struct("<?qQ")
_CREATE = Struct("<QQ")


@dataclass(frozen=True, slots=True)
class UserState:
    """A user that exists or, where *removed*, did; a user that never existed has no state at all.

    *last_batch* is the number of the newest batch that set the credit, *window* the last keyed requests.
    """

    credit: int
    last_batch: int = 0
    removed: bool = False
    window: bytes = b""

    def encode(self) -> bytes:
        """Return the state as 17 bytes and the window."""
        return _USER.pack(self.removed, self.credit, self.last_batch) + self.window

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Return the state that `encode` made *data* of."""
        removed, credit, last_batch = _USER.unpack_from(data)
        return cls(credit, last_batch, removed, data[_USER.size :])


@dataclass(frozen=True, slots=True)
class CreateState:
    """The next id to give out, the number of the newest batch, and the last keyed requests."""

    next_id: int = 0
    last_batch: int = 0
    window: bytes = b""

    def encode(self) -> bytes:
        """Return the state as 16 bytes and the window."""
        return _CREATE.pack(self.next_id, self.last_batch) + self.window

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Return the state that `encode` made *data* of."""
        next_id, last_batch = _CREATE.unpack_from(data)
        return cls(next_id, last_batch, data[_CREATE.size :])
