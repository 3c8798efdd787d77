"""What the two functions remember, and the bytes it is kept as."""

from dataclasses import dataclass
from hashlib import blake2b
from struct import Struct
from typing import NamedTuple, Self

CAPACITY = 1001
"""A request and the 1,000 that follow it: a repeat is recognised across 1,000 later ones."""
KEY_SIZE = 8

_ENTRY = Struct("<8sBqQ")
_VERDICT_BITS = 4


class KeyedOutcome(NamedTuple):
    """A request and what became of it.

    *operation* and *verdict* are below 16, *amount* is the signed 64-bit number that the request carried,
    *result* the unsigned one that it led to: the credit afterwards or, in the create function, the id.
    """

    operation: int
    verdict: int
    amount: int
    result: int


def find_keyed(window: bytes, key: bytes) -> KeyedOutcome | None:
    """Return the entry of the request that carried *key*, None where it is not, or no longer, in *window*."""
    key = _fixed(key)
    at = window.find(key)
    while at >= 0 and at % _ENTRY.size:
        at = window.find(key, at + 1)
    if at < 0:
        return None
    _, code, amount, result = _ENTRY.unpack_from(window, at)
    return KeyedOutcome(code >> _VERDICT_BITS, code & (1 << _VERDICT_BITS) - 1, amount, result)


def append_keyed(window: bytes, key: bytes, entry: KeyedOutcome) -> bytes:
    """Return *window* with *entry* as its newest, and without its oldest where that makes it too long."""
    code = entry.operation << _VERDICT_BITS | entry.verdict
    kept = window[-(CAPACITY - 1) * _ENTRY.size :]
    return kept + _ENTRY.pack(_fixed(key), code, entry.amount, entry.result)


def _fixed(key: bytes) -> bytes:
    """Return *key*, which has 8 bytes unless someone else's program wrote it, as 8 bytes."""
    return key if len(key) == KEY_SIZE else blake2b(key, digest_size=KEY_SIZE).digest()


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
