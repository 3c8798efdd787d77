"""The last keyed requests of one function, packed into 25 bytes each, the newest last.

An entry holds all that the request's reply was made of, so that a repeat is answered to the same byte.
"""

from hashlib import blake2b
from struct import Struct
from typing import NamedTuple

CAPACITY = 1001
"""A request and the 1,000 that follow it: a repeat is recognised across 1,000 later ones."""
KEY_SIZE = 8

_ENTRY = Struct("<8sBqQ")
_VERDICT_BITS = 4


class Entry(NamedTuple):
    """A request and what became of it.

    *operation* and *verdict* are below 16, *amount* is the signed 64-bit number that the request carried,
    *result* the unsigned one that it led to: the credit afterwards or, in the create function, the id.
    """

    operation: int
    verdict: int
    amount: int
    result: int


def find(window: bytes, key: bytes) -> Entry | None:
    """Return the entry of the request that carried *key*, None where it is not, or no longer, in *window*."""
    key = _fixed(key)
    at = window.find(key)
    while at >= 0 and at % _ENTRY.size:
        at = window.find(key, at + 1)
    if at < 0:
        return None
    _, code, amount, result = _ENTRY.unpack_from(window, at)
    return Entry(code >> _VERDICT_BITS, code & (1 << _VERDICT_BITS) - 1, amount, result)


def append(window: bytes, key: bytes, entry: Entry) -> bytes:
    """Return *window* with *entry* as its newest, and without its oldest where that makes it too long."""
    code = entry.operation << _VERDICT_BITS | entry.verdict
    kept = window[-(CAPACITY - 1) * _ENTRY.size :]
    return kept + _ENTRY.pack(_fixed(key), code, entry.amount, entry.result)


def _fixed(key: bytes) -> bytes:
    """Return *key*, which has 8 bytes unless someone else's program wrote it, as 8 bytes."""
    return key if len(key) == KEY_SIZE else blake2b(key, digest_size=KEY_SIZE).digest()
