"""The counts of all processes as Prometheus reads them."""

import os
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path

from system.endpoint.metrics import (
    BUCKETS_S,
    COUNTERS,
    FINGERPRINT,
    OWNER,
    STATUSES,
    WAITING,
    WORD_BYTES,
    Layout,
)

HELP = {
    "late_replies": "Replies that came after their request had been answered with 504.",
    "unknown_replies": "Records among the replies that answer no request of this process.",
    "kafka_errors": "Records that Kafka did not take, and polls that failed.",
}


def exposition(files: Iterable[Path], layout: Layout) -> str:
    """Return the sum over *files* in Prometheus' text format."""
    tables = [words for file in files if (words := _words(file, layout)) is not None]
    sums = [sum(column) for column in zip(*tables, strict=True)] or [0] * layout.words
    waiting = sum(words[WAITING] for words in tables if _lives(words[OWNER]))
    return "".join(f"{line}\n" for line in _lines(sums, waiting, layout))


def _words(file: Path, layout: Layout) -> Sequence[int] | None:
    content = file.read_bytes()
    if len(content) != layout.words * WORD_BYTES:
        return None
    words = array("Q", content)
    return words if words[FINGERPRINT] == layout.fingerprint else None


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _lines(sums: Sequence[int], waiting: int, layout: Layout) -> Iterator[str]:
    yield "# HELP endpoint_waiting_requests Requests that wait for their reply now."
    yield "# TYPE endpoint_waiting_requests gauge"
    yield f"endpoint_waiting_requests {waiting}"
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


def _requests(sums: Sequence[int], route: int, name: str, layout: Layout) -> Iterator[str]:
    for place, status in enumerate(STATUSES):
        if count := sums[layout.requests(route, place)]:
            yield f'endpoint_requests_total{{route="{name}",status="{status}"}} {count}'


def _latencies(sums: Sequence[int], route: int, name: str, layout: Layout) -> Iterator[str]:
    metric = "endpoint_request_duration_seconds"
    counts = list(accumulate(sums[word] for word in layout.buckets(route)))
    if not counts[-1]:
        return
    for bound, count in zip((*map(str, BUCKETS_S), "+Inf"), counts, strict=True):
        yield f'{metric}_bucket{{route="{name}",le="{bound}"}} {count}'
    yield f'{metric}_sum{{route="{name}"}} {sums[layout.latency_sum_ns(route)] / 1e9}'
    yield f'{metric}_count{{route="{name}"}} {counts[-1]}'
