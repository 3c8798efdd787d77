"""Class archives belong to one Java and one set of jars; obsolete ones are deleted."""

import os
from pathlib import Path

import pytest

from system.runtime.jvm import Java
from system.setup import archives


def java(home: Path, version: str = "17.0.9") -> Java:
    (home / "lib").mkdir(parents=True, exist_ok=True)
    (home / "lib" / "modules").touch()
    return Java(home, home / "bin" / "java", version)


def archived(cache: Path, made_for: Java) -> Path:
    folder = archives.locate(cache, made_for, {"kafka": (Path("/jars/a.jar"),)})
    folder.mkdir(parents=True)
    for kind in ("base", "kafka"):
        archives.of(folder, kind).write_text("classes")
    archives.declare(folder, made_for, ["kafka"])
    return folder


def test_another_java_or_another_jar_has_another_folder(tmp_path: Path) -> None:
    one = java(tmp_path / "one")
    folders = {
        archives.locate(tmp_path, one, {"kafka": (Path("/jars/a.jar"),)}),
        archives.locate(tmp_path, one, {"kafka": (Path("/jars/b.jar"),)}),
        archives.locate(tmp_path, java(tmp_path / "one", "17.0.10"), {"kafka": (Path("/jars/a.jar"),)}),
        archives.locate(tmp_path, java(tmp_path / "two"), {"kafka": (Path("/jars/a.jar"),)}),
    }
    assert len(folders) == 4


def test_archives_that_were_made_are_found(tmp_path: Path) -> None:
    folder = archived(tmp_path, java(tmp_path / "one"))
    assert archives.present(folder) == {kind: folder / f"{kind}.jsa" for kind in ("base", "kafka")}


@pytest.mark.parametrize("content", ["class", "CLASSES"])
def test_none_is_used_if_one_is_incomplete_or_altered_because_java_would_crash(
    tmp_path: Path, content: str
) -> None:
    folder = archived(tmp_path, java(tmp_path / "one"))
    (folder / "base.jsa").write_text(content)
    os.utime(folder / "base.jsa")
    assert archives.present(folder) == {}


@pytest.mark.parametrize("declaration", [None, "", "[]", "{"])
def test_none_is_used_without_a_readable_declaration(tmp_path: Path, declaration: str | None) -> None:
    folder = archived(tmp_path, java(tmp_path / "one"))
    (folder / "made.json").unlink()
    if declaration is not None:
        (folder / "made.json").write_text(declaration)
    assert archives.present(folder) == {}


def test_a_kind_that_java_did_not_write_is_not_declared(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"flink\.jsa"):
        archives.declare(tmp_path, java(tmp_path / "one"), ["flink"])


def test_archives_of_an_earlier_java_or_of_one_that_is_gone_are_deleted(tmp_path: Path) -> None:
    mine = java(tmp_path / "mine")
    earlier = archived(tmp_path, java(tmp_path / "mine", "17.0.1"))
    gone = archived(tmp_path, Java(java(tmp_path / "gone").home, Path("/"), "17.0.9"))
    other = archived(tmp_path, java(tmp_path / "other"))
    present = archived(tmp_path, mine)
    (tmp_path / "gone").rename(tmp_path / "elsewhere")
    archives.discard_others(present, mine)
    assert [folder.exists() for folder in (earlier, gone, other, present)] == [False, False, True, True]
