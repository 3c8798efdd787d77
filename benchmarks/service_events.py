"""What happened in the service during a load: Flink's checkpoints, and components that went away."""

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from benchmarks.resource_usage import Reading, now_ns
from benchmarks.results.store.schema import Event

TIMEOUT_S = 5.0
NS_PER_MS = 1_000_000

Checkpoint = dict[str, Any]
"""As Flink's REST interface tells it: `trigger_timestamp` and `end_to_end_duration` in ms, `status`."""


def ask_checkpoints(flink: str | None) -> list[Checkpoint]:
    """Return the checkpoints that the Flink at the URL *flink* remembers; none where it does not answer.

    A Flink that was started again remembers only those since.
    """
    if flink is None:
        return []
    connection = HTTPConnection(urlsplit(flink).netloc, timeout=TIMEOUT_S)
    try:
        jobs = [job["jid"] for job in get(connection, "/jobs/overview")["jobs"]]
        return [one for job in jobs for one in get(connection, f"/jobs/{job}/checkpoints").get("history", [])]
    except (OSError, HTTPException, KeyError, ValueError):
        return []
    finally:
        connection.close()


def get(connection: HTTPConnection, path: str) -> dict[str, Any]:
    """Return the object at *path*."""
    connection.request("GET", path)
    document: dict[str, Any] = json.loads(connection.getresponse().read())
    return document


def epoch_ahead_ns() -> int:
    """Return by how much the wall clock, which Flink tells, is ahead of the clock of the samples."""
    return time.time_ns() - now_ns()


def checkpoint_events(
    checkpoints: Iterable[Checkpoint], ahead_ns: int, from_ns: int, start_ns: int, end_ns: int
) -> list[Event]:
    """Return the *checkpoints* that overlap *from_ns* to *end_ns*, in seconds since *start_ns*, in order."""
    events = [
        Event(
            kind="checkpoint" if one["status"] == "COMPLETED" else "failed checkpoint",
            component="flink",
            start_s=(begun_ns - start_ns) / 1e9,
            end_s=(ended_ns - start_ns) / 1e9,
        )
        for one in checkpoints
        if one["status"] != "IN_PROGRESS"
        for begun_ns in [one["trigger_timestamp"] * NS_PER_MS - ahead_ns]
        for ended_ns in [begun_ns + one["end_to_end_duration"] * NS_PER_MS]
        if ended_ns >= from_ns and begun_ns < end_ns
    ]
    return sorted(events, key=lambda event: event.start_s)


def restart_events(readings: Sequence[Reading], names: Iterable[str], start_ns: int) -> Iterator[Event]:
    """Yield when each component of *names* went away, between two readings."""
    for name in names:
        there = [reading.at_ns for reading in readings if name in reading.components]
        after = [reading.at_ns for reading in readings if there and reading.at_ns > there[-1]]
        if after:
            begun_s, ended_s = ((at_ns - start_ns) / 1e9 for at_ns in (there[-1], after[0]))
            yield Event(kind="restart", component=name, start_s=begun_s, end_s=ended_s)
