"""`report`, `validate` and `schema`: stored runs, rendered, checked and described."""

import json
from pathlib import Path

import click

from benchmarks.cli.run import pass_dependencies
from benchmarks.recomputation import StoredRun
from benchmarks.results.columns import described
from benchmarks.results.store.files import read_probes, read_run, read_trials, stored_version
from benchmarks.results.store.schema import Document, Run
from benchmarks.results.store.trial_schema import Probe, Trial
from benchmarks.run_context import Dependencies
from benchmarks.subprocesses import output_of
from benchmarks.validation import contradictions, notes

FOLDER = Path(__file__).parent.parent.parent / "docs" / "schema"
TABLES_FILE = "tables.md"
DOCUMENTS: dict[str, type[Document]] = {"run": Run, "trial": Trial, "probe": Probe}


@click.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=FOLDER, help="Folder.")
def schema(out: Path) -> None:
    """Write the JSON Schema of run.json, trials.jsonl and probes.jsonl, and the columns of the tables."""
    out.mkdir(parents=True, exist_ok=True)
    for name, document in DOCUMENTS.items():
        file = out / f"{name}.schema.json"
        file.write_text(schema_text(document))
        print(file)
    tables = out / TABLES_FILE
    tables.write_text(described())
    print(tables)


def schema_text(document: type[Document]) -> str:
    """Return the JSON Schema of *document* as it is stored."""
    described = {"$schema": "https://json-schema.org/draft/2020-12/schema", **document.model_json_schema()}
    return json.dumps(described, indent=2, ensure_ascii=False) + "\n"


REPORT_WITHIN_S = 180.0


@click.command()
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path))
@pass_dependencies
def report(dependencies: Dependencies, folder: Path) -> None:
    """Render the report of RUN again from what is stored."""
    read_run(folder)
    output_of(dependencies.commands.report(folder), REPORT_WITHIN_S)
    print(f"report: {folder / 'report.html'}")


@click.command()
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path))
def validate(folder: Path) -> int:
    """Compute every stored number of RUN again from its raw files; exit with 1 if any differs."""
    stored, trials = StoredRun(folder, read_run(folder), stored_version(folder)), read_trials(folder)
    found = contradictions(stored, trials, read_probes(folder))
    for line in found:
        print(line)
    for note in notes(stored):
        print(f"note: {note}")
    print(f"{len(trials)} trials, {len(found)} contradictions")
    return int(bool(found))
