"""Guard against a log that does not fit the state: compares a checkpoint with the topics before Flink starts.

Flink fails for ever with an offset that the log does not have, and it does not say why. It notices nothing if
the log lost its end and has grown past the checkpoint's offset again: then it would skip records.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]  # It lists no exports.

from system.errors import EnvironmentUnfit
from system.processes.readiness import NotReady
from system.runtime.checkpoints import Partition, next_offsets
from system.wire.topics import INGRESS

RETRY_AFTER_S = 0.05
ANSWER_WITHIN_S = 20.0
"""A broker that was killed takes some 9 s until it serves its partitions again."""

EARLIEST: OffsetSpec = OffsetSpec.earliest()  # type: ignore[no-untyped-call]  # It has no annotation.
LATEST: OffsetSpec = OffsetSpec.latest()  # type: ignore[no-untyped-call]  # It has no annotation.


@dataclass(frozen=True)
class LogRange:
    """The offsets that a partition has: from *first* up to, and without, *end*."""

    first: int
    end: int


class LostRecords(EnvironmentUnfit):
    """The log lacks records that the start would need."""


def refuse_lost_records(
    kafka: str, partitions: Mapping[str, int], checkpoint: Path | None, root: Path
) -> None:
    """Raise `LostRecords` if the log at *kafka* does not fit a start from *checkpoint*, or without one.

    *root* is the data dir, for the message. Raise `NotReady` if the broker does not answer.
    """
    log = log_ranges(kafka, partitions)
    if reason := refusal(None if checkpoint is None else read_offsets(checkpoint), log):
        where = f"the checkpoint {checkpoint.name}" if checkpoint else "a start without a checkpoint"
        raise LostRecords(f"{where} does not fit the log: {reason.format(root=root)}; see docs/durability.md")


def read_offsets(checkpoint: Path) -> Mapping[Partition, int]:
    """Return the offset at which each partition continues from the checkpoint in the folder *checkpoint*."""
    return next_offsets((checkpoint / "_metadata").read_bytes(), INGRESS)


def refusal(resumed: Mapping[Partition, int] | None, log: Mapping[Partition, LogRange]) -> str | None:
    """Return why a job must not continue at the offsets *resumed*, or from the first record if it is None."""
    for (topic, partition), has in sorted(log.items()):
        start = 0 if resumed is None else resumed.get((topic, partition), has.first)
        held = f"has {has.first} to {has.end - 1}" if has.end > has.first else "is empty"
        place = f"topic {topic}, partition {partition} continues at offset {start}, but the log {held}"
        if start < has.first:
            return f"{place}: the records between are gone; use another data dir"
        if start > has.end:
            accept = "`python -m system accept-lost-log --data-dir {root}` continues without them"
            return f"{place}: the broker lost its newest records; {accept}"
    return None


def shortfall(resumed: Mapping[Partition, int], log: Mapping[Partition, LogRange]) -> dict[Partition, int]:
    """Return, by partition, how many offsets the log lacks before the one at which the job continues."""
    missing = {place: offset - log[place].end for place, offset in resumed.items() if place in log}
    return {place: count for place, count in sorted(missing.items()) if count > 0}


def log_ranges(
    kafka: str, partitions: Mapping[str, int], within_s: float = ANSWER_WITHIN_S
) -> dict[Partition, LogRange]:
    """Return the offsets that each partition of the ingress topics has.

    Raise `NotReady` if the broker does not answer for all of them *within_s*. A partition without a leader
    answers with an error at once.
    """
    wanted = [(topic, number) for topic in sorted(INGRESS) for number in range(partitions[topic])]
    admin = AdminClient({"bootstrap.servers": kafka, "log_level": 2})
    deadline = time.monotonic() + within_s
    while True:
        try:
            first = _offsets(admin, wanted, EARLIEST, within_s)
            end = _offsets(admin, wanted, LATEST, within_s)
        except (KafkaException, TimeoutError) as error:
            if time.monotonic() > deadline:
                seen = error.args[0] if error.args else "no answer"
                raise NotReady(f"it needs the log's offsets, but Kafka at {kafka}: {seen}") from error
            time.sleep(RETRY_AFTER_S)
        else:
            return {place: LogRange(first[place], end[place]) for place in wanted}


def _offsets(
    admin: AdminClient, places: Iterable[Partition], which: OffsetSpec, within_s: float
) -> dict[Partition, int]:
    asked = {TopicPartition(*place): which for place in places}
    answers = admin.list_offsets(asked, request_timeout=within_s)
    return {
        (place.topic, place.partition): int(answer.result(within_s).offset)
        for place, answer in answers.items()
    }
