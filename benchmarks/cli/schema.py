"""`schema`: the stored documents as JSON Schema."""

import json
from pathlib import Path

import click

from benchmarks.results.schema import Document, Probe, Run, Trial

FOLDER = Path(__file__).parent.parent.parent / "docs" / "schema"
DOCUMENTS: dict[str, type[Document]] = {"run": Run, "trial": Trial, "probe": Probe}


@click.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=FOLDER, help="Where to.")
def schema(out: Path) -> None:
    """Write the JSON Schema of run.json, and of a line of trials.jsonl and probes.jsonl."""
    out.mkdir(parents=True, exist_ok=True)
    for name, document in DOCUMENTS.items():
        file = out / f"{name}.schema.json"
        file.write_text(schema_text(document))
        print(file)


def schema_text(document: type[Document]) -> str:
    """Return the JSON Schema of *document* as it is stored."""
    described = {"$schema": "https://json-schema.org/draft/2020-12/schema", **document.model_json_schema()}
    return json.dumps(described, indent=2, ensure_ascii=False) + "\n"
