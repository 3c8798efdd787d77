"""Kafka's default partitioner, as its Java clients and Flink's egress compute it."""

from itertools import count

_SEED = 0x9747B28C
_MULTIPLIER = 0x5BD1E995
_MASK = 0xFFFFFFFF


def partition(key: bytes, partitions: int) -> int:
    """Return the partition of a record with *key* in a topic of *partitions* partitions."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def reply_key(wanted: int, partitions: int) -> str:
    """Return the smallest decimal number that, as a key, leads to the partition *wanted* of *partitions*."""
    if not 0 <= wanted < partitions:
        raise ValueError(
            f"partition {wanted} does not exist; a topic of {partitions} has 0..{partitions - 1}"
        )
    return next(key for key in map(str, count()) if partition(key.encode(), partitions) == wanted)


def murmur2(data: bytes) -> int:
    """Return the 32-bit MurmurHash2 of *data* (Austin Appleby's, with the seed that Kafka uses), unsigned."""
    length = len(data)
    whole = length & ~3
    digest = _SEED ^ length
    for start in range(0, whole, 4):
        word = int.from_bytes(data[start : start + 4], "little") * _MULTIPLIER & _MASK
        word = (word ^ word >> 24) * _MULTIPLIER & _MASK
        digest = digest * _MULTIPLIER & _MASK ^ word
    if whole < length:
        digest = (digest ^ int.from_bytes(data[whole:], "little")) * _MULTIPLIER & _MASK
    digest = (digest ^ digest >> 13) * _MULTIPLIER & _MASK
    return digest ^ digest >> 15
