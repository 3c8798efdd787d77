"""A run's folder: `run.json` (replaced atomically), `trials.jsonl` and `probes.jsonl` (appended, synced)."""

import json
import os
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from benchmarks.results.store.migrations import Content, UnknownVersionError, migrated
from benchmarks.results.store.schema import SCHEMA_VERSION, Document, Run
from benchmarks.results.store.trial_schema import Probe, Trial

RUN_FILE = "run.json"
TRIALS_FILE = "trials.jsonl"
PROBES_FILE = "probes.jsonl"

Stored = TypeVar("Stored", bound=Document)


class UnreadableError(Exception):
    """A results folder that this version cannot read; the message has the reason and what to do."""


def write_run(folder: Path, run: Run) -> None:
    """Store *run* atomically: a reader sees the old document or the new one."""
    temporary = folder / f".{RUN_FILE}.part"
    with temporary.open("w") as file:
        file.write(run.model_dump_json(indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(folder / RUN_FILE)


def append_trial(folder: Path, trial: Trial) -> None:
    """Append *trial* as one line, synced to disk."""
    _append(folder / TRIALS_FILE, trial)


def append_probe(folder: Path, probe: Probe) -> None:
    """Append *probe* as one line, synced to disk."""
    _append(folder / PROBES_FILE, probe)


def read_run(folder: Path) -> Run:
    """Return the run stored in *folder*; raise `UnreadableError` where there is none that can be read."""
    file = folder / RUN_FILE
    content = _parse(_text(file), file)
    current = _migrated(content, content.get("schema_version"), "run", file)
    return _validated(Run, current | {"schema_version": SCHEMA_VERSION}, file)


def read_trials(folder: Path) -> list[Trial]:
    """Return the stored trials in the order in which they ended, without a last line that a crash cut off."""
    return _lines(folder, TRIALS_FILE, "trial", Trial)


def read_probes(folder: Path) -> list[Probe]:
    """Return the stored probes, likewise."""
    return _lines(folder, PROBES_FILE, "probe", Probe)


def drop_torn_line(folder: Path) -> None:
    """Remove an unfinished last line that a crash left, so that the next record starts a new line."""
    for file in (folder / TRIALS_FILE, folder / PROBES_FILE):
        if file.exists():
            os.truncate(file, file.read_bytes().rfind(b"\n") + 1)


def _append(file: Path, document: Document) -> None:
    with file.open("a") as lines:
        lines.write(document.model_dump_json() + "\n")
        lines.flush()
        os.fsync(lines.fileno())


def _lines(folder: Path, name: str, kind: str, model: type[Stored]) -> list[Stored]:
    file = folder / name
    if not file.exists():
        return []
    version = stored_version(folder)
    return [
        _validated(model, _migrated(_parse(line, file), version, kind, file), file)
        for line in _whole_lines(_text(file))
    ]


def stored_version(folder: Path) -> object:
    """Return the schema version in which a run and its records are stored: that of its `run.json`."""
    file = folder / RUN_FILE
    return _parse(_text(file), file).get("schema_version") if file.exists() else SCHEMA_VERSION


def _migrated(content: Content, version: object, kind: str, file: Path) -> Content:
    try:
        return migrated(content, version, kind)
    except UnknownVersionError as error:
        raise UnreadableError(
            f"{file}: schema version {version!r} is not known, this release reads 1 to {SCHEMA_VERSION}; "
            "use the release that wrote it, or start a new run"
        ) from error


def _whole_lines(text: str) -> list[str]:
    return text[: text.rfind("\n") + 1].splitlines()


def _text(file: Path) -> str:
    try:
        return file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise UnreadableError(f"{file}: {reason}; give the folder of a run, as in results/RUN") from error


def _parse(text: str, file: Path) -> Content:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise UnreadableError(f"{file}: not JSON ({error}); start a new run") from error
    if not isinstance(document, dict):
        raise UnreadableError(f"{file}: holds no object; the run cannot be read, start a new one")
    return document


def _validated(kind: type[Stored], document: Content, file: Path) -> Stored:
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise UnreadableError(f"{file}: {where}: {first['msg']}; not of schema {SCHEMA_VERSION}") from error
