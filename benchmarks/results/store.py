"""A run's folder: `run.json` (replaced atomically), `trials.jsonl` (appended, synced), samples and logs."""

import json
import os
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from benchmarks.results.schema import SCHEMA_VERSION, Document, Run, Trial

RUN_FILE = "run.json"
TRIALS_FILE = "trials.jsonl"

Stored = TypeVar("Stored", bound=Document)


class UnreadableError(Exception):
    """A results folder that this version cannot read; the message says what it found and what to do."""


def write_run(folder: Path, run: Run) -> None:
    """Store *run*; a reader sees the old document or the new one, never a part."""
    temporary = folder / f".{RUN_FILE}.part"
    with temporary.open("w") as file:
        file.write(run.model_dump_json(indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(folder / RUN_FILE)


def append_trial(folder: Path, trial: Trial) -> None:
    """Add *trial* as one line, which is on the disk when this returns."""
    with (folder / TRIALS_FILE).open("a") as file:
        file.write(trial.model_dump_json() + "\n")
        file.flush()
        os.fsync(file.fileno())


def read_run(folder: Path) -> Run:
    """Return the run stored in *folder*; raise `UnreadableError` where there is none of this schema."""
    document = _parse(_text(folder / RUN_FILE), folder / RUN_FILE)
    version = document.get("schema_version")
    if version != SCHEMA_VERSION:
        raise UnreadableError(
            f"{folder / RUN_FILE}: schema version {version!r} is not known, this release reads "
            f"{SCHEMA_VERSION}; "
            "use the release that wrote it, or start a new run"
        )
    return _validated(Run, document, folder / RUN_FILE)


def read_trials(folder: Path) -> list[Trial]:
    """Return the stored trials in the order in which they ended, without a last line that a crash cut off."""
    file = folder / TRIALS_FILE
    if not file.exists():
        return []
    lines = _whole_lines(_text(file))
    return [_validated(Trial, _parse(line, file), file) for line in lines]


def drop_torn_line(folder: Path) -> None:
    """Cut off an unfinished last line that a crash left, so that the next trial has a line of its own."""
    file = folder / TRIALS_FILE
    if file.exists():
        content = file.read_bytes()
        os.truncate(file, content.rfind(b"\n") + 1)


def _whole_lines(text: str) -> list[str]:
    return text[: text.rfind("\n") + 1].splitlines()


def _text(file: Path) -> str:
    try:
        return file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise UnreadableError(f"{file}: {reason}; give the folder of a run, as in results/RUN") from error


def _parse(text: str, file: Path) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise UnreadableError(f"{file}: not JSON ({error}); start a new run") from error
    if not isinstance(document, dict):
        raise UnreadableError(f"{file}: holds no object; the run cannot be read, start a new one")
    return document


def _validated(kind: type[Stored], document: dict[str, Any], file: Path) -> Stored:
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise UnreadableError(f"{file}: {where}: {first['msg']}; not of schema {SCHEMA_VERSION}") from error
