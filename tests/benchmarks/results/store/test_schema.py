import json

import pytest

from benchmarks.cli.stored import DOCUMENTS, FOLDER, schema_text
from benchmarks.results.store.schema import SCHEMA_VERSION
from tests.benchmarks.program import ROOT


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_published_schema_is_that_of_the_code(name: str) -> None:
    told = (FOLDER / f"{name}.schema.json").read_text()
    assert told == schema_text(DOCUMENTS[name]), "run: python -m benchmarks schema"


def test_a_field_is_published_with_its_meaning() -> None:
    trial = json.loads((FOLDER / "trial.schema.json").read_text())
    assert "whose answer ended in the window" in trial["properties"]["throughput_per_s"]["description"]
    assert trial["additionalProperties"] is False


def test_every_schema_version_stands_in_the_changelog() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert all(f"**schema {version}**" in changelog for version in range(1, SCHEMA_VERSION + 1))
