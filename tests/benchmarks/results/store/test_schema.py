import json

import pytest

from benchmarks.cli.stored import DOCUMENTS, FOLDER, schema_text
from benchmarks.results.store.migrations import MIGRATIONS, Content, Migration, UnknownVersionError, migrated
from benchmarks.results.store.schema import SCHEMA_VERSION
from tests.benchmarks.program import ROOT


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_published_schema_is_that_of_the_code(name: str) -> None:
    published = (FOLDER / f"{name}.schema.json").read_text()
    assert published == schema_text(DOCUMENTS[name]), "run: python -m benchmarks schema"


def test_a_field_is_published_with_its_meaning() -> None:
    trial = json.loads((FOLDER / "trial.schema.json").read_text())
    assert "whose answer ended in the window" in trial["properties"]["throughput_per_s"]["description"]
    assert trial["additionalProperties"] is False


def test_every_schema_version_stands_in_the_changelog() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert all(f"**schema {version}**" in changelog for version in range(1, SCHEMA_VERSION + 1))


def renamed(content: Content) -> Content:
    return {"speed" if key == "rps" else key: value for key, value in content.items()}


def in_seconds(content: Content) -> Content:
    return {"window_s" if key == "window_ms" else key: value for key, value in content.items()} | {
        "window_s": content["window_ms"] / 1000
    }


TABLE = {7: Migration(trial=renamed), 8: Migration(run=in_seconds)}


def test_an_old_document_passes_every_version_between() -> None:
    assert migrated({"rps": 3}, 7, "trial", TABLE, newest=9) == {"speed": 3}
    assert migrated({"window_ms": 500}, 7, "run", TABLE, newest=9) == {"window_s": 0.5}


def test_a_document_of_the_present_version_is_left_alone() -> None:
    assert migrated({"rps": 3}, 9, "trial", TABLE, newest=9) == {"rps": 3}


@pytest.mark.parametrize("version", [6, 10, None, "8"])
def test_a_version_that_nothing_leads_away_from_is_refused(version: object) -> None:
    with pytest.raises(UnknownVersionError):
        migrated({}, version, "run", TABLE, newest=9)


def test_every_version_that_there_was_leads_to_the_present_one() -> None:
    assert list(MIGRATIONS) == list(range(1, SCHEMA_VERSION))
