"""Metrics of all endpoint processes: each counts in a small file, and any of them can return the sums.

A file is an array of 64-bit words that the process maps into its memory. It belongs to a reply partition, not
to a process: the next process that claims the partition continues its counters, so that none decreases. (The
multiprocess mode of prometheus_client costs several times as much per request, and keeps a file for each
process that ever ran.) The process that counts holds a lock on the file, so that the others, in whatever
container, see whether it still runs.
"""

import fcntl
import mmap
import os
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import accumulate
from pathlib import Path
from time import monotonic

from system.concurrency import new_lock, pause

STATUSES = (200, 201, 202, 204, 400, 404, 405, 422, 500, 503, 504)
BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

COUNTERS = ("late_replies", "unknown_replies", "kafka_errors")
LATE_REPLIES, UNKNOWN_REPLIES, KAFKA_ERRORS = range(3)

WORD_BYTES = 8
FINGERPRINT, WAITING, REFUSING = range(3)
_HEAD = 3

LOCK_TIMEOUT_S = 1.0
"""Limit for the lock of a file, which others hold for microseconds, while they look whether it is held."""
_LOCK_RETRY_S = 0.001

HELP = {
    "late_replies": "Replies that came after their request had been answered with 504.",
    "unknown_replies": "Records among the replies that answer no request of this process.",
    "kafka_errors": "Records that Kafka did not take, and polls that failed.",
}

GAUGES = {
    "waiting_requests": "Requests that wait for their reply now.",
    "refusing_processes": "Processes that refuse requests now, because no reply comes.",
}

_BOUNDS_NS = [int(bound_s * 1e9) for bound_s in BUCKETS_S]
_STATUS_PLACE = {status: place for place, status in enumerate(STATUSES)}
_BUCKETS_AT = len(STATUSES)
_SUM_AT = _BUCKETS_AT + len(BUCKETS_S) + 1
_ROUTE_WORDS = _SUM_AT + 1


class MetricsLayout:
    """The place of each count of *routes* in the array."""

    def __init__(self, routes: Sequence[str]) -> None:
        self.routes = tuple(routes)
        self.words = _HEAD + len(COUNTERS) + len(routes) * _ROUTE_WORDS

    @property
    def fingerprint(self) -> int:
        """A hash of the names of all counts; files of different hashes cannot be added."""
        names = repr((self.routes, STATUSES, BUCKETS_S, COUNTERS, *GAUGES)).encode()
        return int.from_bytes(blake2b(names, digest_size=WORD_BYTES).digest(), "little")

    @staticmethod
    def counter(counter: int) -> int:
        """Return the word of one of `COUNTERS`."""
        return _HEAD + counter

    @staticmethod
    def requests(route: int, status: int) -> int:
        """Return the word for the answers of *route* with the status at index *status* of `STATUSES`."""
        return _route(route) + status

    @staticmethod
    def buckets(route: int) -> range:
        """Return the words of the latency histogram: one per bucket, and one for longer latencies."""
        return range(_route(route) + _BUCKETS_AT, _route(route) + _SUM_AT)

    @staticmethod
    def latency_sum_ns(route: int) -> int:
        """Return the word for the sum of the latencies, ns."""
        return _route(route) + _SUM_AT


class FileInUse(Exception):
    """A file of metrics in which another process counts."""


class Metrics:
    """The counts of this process, kept in *file*, which no other process may use until `close`."""

    def __init__(self, file: Path, layout: MetricsLayout) -> None:
        self._descriptor = _locked(file)
        os.truncate(self._descriptor, layout.words * WORD_BYTES)
        self._memory = mmap.mmap(self._descriptor, layout.words * WORD_BYTES)
        self._words = memoryview(self._memory).cast("Q")
        self._lock = new_lock()
        if self._words[FINGERPRINT] != layout.fingerprint:
            self._memory[:] = bytes(len(self._memory))
            self._words[FINGERPRINT] = layout.fingerprint
        self._words[WAITING] = self._words[REFUSING] = 0

    def close(self) -> None:
        """Release the lock: this process no longer has waiting requests. What it still counts is kept."""
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        os.close(self._descriptor)

    def observe(self, route: int, status: int, latency_ns: int) -> None:
        """Count an answer of the route at index *route*."""
        words, first = self._words, _route(route)
        with self._lock:
            words[first + _STATUS_PLACE.get(status, _STATUS_PLACE[500])] += 1
            words[first + _BUCKETS_AT + bisect_left(_BOUNDS_NS, latency_ns)] += 1
            words[first + _SUM_AT] += latency_ns

    def count(self, counter: int) -> None:
        """Count one of `COUNTERS`."""
        with self._lock:
            self._words[_HEAD + counter] += 1

    def set_state(self, waiting: int, *, refusing: bool) -> None:
        """Set the number of requests that wait now, and whether new ones are refused for want of replies."""
        self._words[WAITING] = waiting
        self._words[REFUSING] = refusing


def exposition(files: Iterable[Path], layout: MetricsLayout) -> str:
    """Return the sums over *files* in Prometheus' text format."""
    read = [(file, words) for file in files if (words := _words(file, layout)) is not None]
    sums = [sum(column) for column in zip(*(words for _, words in read), strict=True)] or [0] * layout.words
    running = [words for file, words in read if _is_counted_in(file)]
    gauges = [sum(words[place] for words in running) for place in (WAITING, REFUSING)]
    return "".join(f"{line}\n" for line in _lines(sums, gauges, layout))


def _route(route: int) -> int:
    return _HEAD + len(COUNTERS) + route * _ROUTE_WORDS


def _locked(file: Path) -> int:
    """Open *file*, lock it and return its descriptor."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    end_s = monotonic() + LOCK_TIMEOUT_S
    while not _lock(descriptor, fcntl.LOCK_EX):
        if monotonic() > end_s:
            os.close(descriptor)
            raise FileInUse(f"{file} is in use by another endpoint process; stop that one first")
        pause(_LOCK_RETRY_S)
    return descriptor


def _lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_counted_in(file: Path) -> bool:
    """Return whether the process that counts in *file* still runs, in whatever container."""
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return not _lock(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def _words(file: Path, layout: MetricsLayout) -> Sequence[int] | None:
    content = file.read_bytes()
    if len(content) != layout.words * WORD_BYTES:
        return None
    words = array("Q", content)
    return words if words[FINGERPRINT] == layout.fingerprint else None


def _lines(sums: Sequence[int], gauges: Sequence[int], layout: MetricsLayout) -> Iterator[str]:
    for (gauge, explanation), value in zip(GAUGES.items(), gauges, strict=True):
        yield f"# HELP endpoint_{gauge} {explanation}"
        yield f"# TYPE endpoint_{gauge} gauge"
        yield f"endpoint_{gauge} {value}"
    for place, counter in enumerate(COUNTERS):
        yield f"# HELP endpoint_{counter}_total {HELP[counter]}"
        yield f"# TYPE endpoint_{counter}_total counter"
        yield f"endpoint_{counter}_total {sums[layout.counter(place)]}"
    yield "# HELP endpoint_requests_total Answers by route and status."
    yield "# TYPE endpoint_requests_total counter"
    for route, name in enumerate(layout.routes):
        yield from _requests(sums, route, name, layout)
    yield "# HELP endpoint_request_duration_seconds Time from a request's arrival to its answer, by route."
    yield "# TYPE endpoint_request_duration_seconds histogram"
    for route, name in enumerate(layout.routes):
        yield from _latencies(sums, route, name, layout)


def _requests(sums: Sequence[int], route: int, name: str, layout: MetricsLayout) -> Iterator[str]:
    for place, status in enumerate(STATUSES):
        if count := sums[layout.requests(route, place)]:
            yield f'endpoint_requests_total{{route="{name}",status="{status}"}} {count}'


def _latencies(sums: Sequence[int], route: int, name: str, layout: MetricsLayout) -> Iterator[str]:
    metric = "endpoint_request_duration_seconds"
    counts = list(accumulate(sums[word] for word in layout.buckets(route)))
    if not counts[-1]:
        return
    for bound, count in zip((*map(str, BUCKETS_S), "+Inf"), counts, strict=True):
        yield f'{metric}_bucket{{route="{name}",le="{bound}"}} {count}'
    yield f'{metric}_sum{{route="{name}"}} {sums[layout.latency_sum_ns(route)] / 1e9}'
    yield f'{metric}_count{{route="{name}"}} {counts[-1]}'
