"""Events in the service during a load: Flink's checkpoints, and restarts of components."""

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from benchmarks.resource_usage import Reading, now_ns
from benchmarks.results.store.trial_schema import Event

TIMEOUT_S = 5.0
NS_PER_MS = 1_000_000

Checkpoint = dict[str, Any]
"""As in Flink's REST API: `trigger_timestamp` and `end_to_end_duration` in ms, `status`."""


def read_checkpoints(flink: str | None) -> list[Checkpoint]:
    """Return the checkpoints that the Flink at the URL *flink* lists; none where it does not answer.

    After a restart it lists only those since.
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
    """Return by how much the wall clock, which Flink uses, is ahead of the clock of the samples."""
    return time.time_ns() - now_ns()


def checkpoint_events(
    checkpoints: Iterable[Checkpoint], ahead_ns: int, from_ns: int, start_ns: int, end_ns: int
) -> list[Event]:
    """Return the *checkpoints* that overlap *from_ns* to *end_ns*, in order, in seconds since *start_ns*."""
    events = [
        Event(
            kind="checkpoint" if one["status"] == "COMPLETED" else "failed checkpoint",
            component="flink",
            start_s=(begin_ns - start_ns) / 1e9,
            end_s=(ended_ns - start_ns) / 1e9,
        )
        for one in checkpoints
        if one["status"] != "IN_PROGRESS"
        for begin_ns in [one["trigger_timestamp"] * NS_PER_MS - ahead_ns]
        for ended_ns in [begin_ns + one["end_to_end_duration"] * NS_PER_MS]
        if ended_ns >= from_ns and begin_ns < end_ns
    ]
    return sorted(events, key=lambda event: event.start_s)


def restart_events(readings: Sequence[Reading], names: Iterable[str], start_ns: int) -> Iterator[Event]:
    """Yield the restart of each component of *names*: it stopped after the last reading that has it."""
    for name in names:
        present = [reading.at_ns for reading in readings if name in reading.components]
        after = [reading.at_ns for reading in readings if present and reading.at_ns > present[-1]]
        if after:
            stopped_s, gone_s = ((at_ns - start_ns) / 1e9 for at_ns in (present[-1], after[0]))
            yield Event(kind="restart", component=name, start_s=stopped_s, end_s=gone_s)
