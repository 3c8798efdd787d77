"""States of the two functions, their bytes, and the window of keyed requests inside them."""

from dataclasses import dataclass
from hashlib import blake2b
from struct import Struct, error
from typing import Any, NamedTuple, Self

MAX_CREDIT = 2**63 - 1
MAX_ID = 2**63 - 1
MAX_COUNT = 10**9
"""The most users that a batch may have: above it a single faulty request could use up the ids."""

_USER = Struct("<?qQ")
_CREATE = Struct("<QQ")


class UnreadableState(ValueError):
    """Bytes that no `encode` returned: they were damaged, or written by another version."""


@dataclass(frozen=True, slots=True)
class UserState:
    """A user that exists or, if *removed*, existed; a user that never existed has no state.

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
        """Return the state whose `encode` returned *data*; raise `UnreadableState` if none did."""
        (removed, credit, last_batch), window = _split(_USER, data)
        if credit < 0:
            raise UnreadableState(f"a credit of {credit}")
        return cls(credit, last_batch, removed, window)


@dataclass(frozen=True, slots=True)
class CreateState:
    """The next id to assign, the number of the newest batch, and the last keyed requests."""

    next_id: int = 0
    last_batch: int = 0
    window: bytes = b""

    def encode(self) -> bytes:
        """Return the state as 16 bytes and the window."""
        return _CREATE.pack(self.next_id, self.last_batch) + self.window

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Return the state whose `encode` returned *data*; raise `UnreadableState` if none did."""
        (next_id, last_batch), window = _split(_CREATE, data)
        return cls(next_id, last_batch, window)


CAPACITY = 1001
"""Entries of a window: a request and the 1,000 that follow it, so that its repeat is still recognised."""
KEY_SIZE_BYTES = 8

_ENTRY = Struct("<8sBqQ")
_VERDICT_BITS = 4


def _split(head: Struct, data: bytes) -> tuple[tuple[Any, ...], bytes]:
    """Return the values at the beginning of *data*, and the window behind them."""
    window = data[head.size :]
    if len(window) % _ENTRY.size:
        raise UnreadableState(f"{len(data)} bytes")
    try:
        return head.unpack_from(data), window
    except error as too_short:
        raise UnreadableState(str(too_short)) from too_short


class KeyedOutcome(NamedTuple):
    """A keyed request and its outcome: one entry of the window.

    *operation* and *verdict* are below 16. *amount* is the signed 64-bit number in the request, *result* the
    unsigned one that it led to: the credit afterwards or, in the create function, the id.
    """

    operation: int
    verdict: int
    amount: int
    result: int


def find_keyed(window: bytes, key: bytes) -> KeyedOutcome | None:
    """Return the entry of the request with *key*, or None if *window* does not have it (any more)."""
    at = _position(window, _fixed_size(key))
    if at < 0:
        return None
    _, code, amount, result = _ENTRY.unpack_from(window, at)
    return KeyedOutcome(code >> _VERDICT_BITS, code & (1 << _VERDICT_BITS) - 1, amount, result)


def append_keyed(window: bytes, key: bytes, entry: KeyedOutcome) -> bytes:
    """Return *window* with *entry* appended, and without its oldest entry if it was full."""
    return window[-(CAPACITY - 1) * _ENTRY.size :] + _packed(key, entry)


def replace_keyed(window: bytes, key: bytes, entry: KeyedOutcome) -> bytes:
    """Return *window* with *entry* in the place of the entry of *key*, or unchanged if it has none."""
    at = _position(window, _fixed_size(key))
    return window if at < 0 else window[:at] + _packed(key, entry) + window[at + _ENTRY.size :]


def _position(window: bytes, key: bytes) -> int:
    """Return where in *window* the entry of *key* begins, or -1."""
    at = window.find(key)
    while at >= 0 and at % _ENTRY.size:
        at = window.find(key, at + 1)
    return at


def _packed(key: bytes, entry: KeyedOutcome) -> bytes:
    code = entry.operation << _VERDICT_BITS | entry.verdict
    return _ENTRY.pack(_fixed_size(key), code, entry.amount, entry.result)


def _fixed_size(key: bytes) -> bytes:
    """Return *key* as 8 bytes; the endpoint sends 8, another producer may send any number."""
    return key if len(key) == KEY_SIZE_BYTES else blake2b(key, digest_size=KEY_SIZE_BYTES).digest()
