"""Class archives belong to one Java and one set of jars; those that nothing can use any more go."""

from pathlib import Path

from system.runtime import archives
from system.runtime.java import Java


def java(home: Path, version: str = "17.0.9") -> Java:
    (home / "lib").mkdir(parents=True, exist_ok=True)
    (home / "lib" / "modules").touch()
    return Java(home, home / "bin" / "java", version)


def archived(cache: Path, made_for: Java, jar: str = "/jars/a.jar") -> Path:
    folder = archives.locate(cache, made_for, {"kafka": (Path(jar),)})
    folder.mkdir(parents=True)
    (folder / archives.MADE_FOR).write_text(str(made_for.home))
    archives.of(folder, "kafka").touch()
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


def test_what_is_there_is_found_and_a_missing_folder_has_none(tmp_path: Path) -> None:
    folder = archived(tmp_path, java(tmp_path / "one"))
    assert archives.present(folder) == {"kafka": folder / "kafka.jsa"}
    assert archives.present(tmp_path / "nowhere") == {}


def test_archives_of_a_former_state_or_of_a_java_that_is_gone_are_deleted(tmp_path: Path) -> None:
    mine = java(tmp_path / "mine")
    former = archived(tmp_path, java(tmp_path / "mine", "17.0.1"))
    gone = archived(tmp_path, Java(java(tmp_path / "gone").home, Path("/"), "17.0.9"))
    other = archived(tmp_path, java(tmp_path / "other"))
    present = archived(tmp_path, mine)
    (tmp_path / "gone").rename(tmp_path / "elsewhere")
    archives.discard_others(present, mine)
    assert [folder.exists() for folder in (former, gone, other, present)] == [False, False, True, True]
