"""Flink's settings, its command line, and its probes."""

from pathlib import Path

import pytest

from system.processes.component import READY
from system.runtime import flink
from system.runtime.flink_config import FlinkSettings, render_flink_conf, render_module
from system.runtime.jvm import Installation, Java
from system.runtime.layout import Layout

INSTALLATION = Installation(
    java=Java(Path("/java"), Path("/java/bin/java"), "17.0.9"),
    jars={"flink": (Path("/jars/one.jar"), Path("/jars/two.jar"))},
    archives={"flink": Path("/archives/flink.jsa")},
)


def settings(data: Path, buffer_timeout_ms: int = 0) -> FlinkSettings:
    return FlinkSettings(
        Layout(data), 8081, "127.0.0.1:9092", "http://127.0.0.1:8000/statefun", buffer_timeout_ms
    )


def job(running: int, total: int, state: str = "RUNNING") -> dict[str, object]:
    return {"state": state, "tasks": {"running": running, "total": total}}


@pytest.mark.parametrize(
    ("jobs", "seen"),
    [
        ([], "no job yet"),
        ([job(0, 0, "INITIALIZING")], "job INITIALIZING, tasks 0 of 0 running"),
        ([job(2, 3)], "job RUNNING, tasks 2 of 3 running"),
        ([job(3, 3)], READY),
    ],
)
def test_a_job_is_ready_once_all_its_tasks_run(jobs: list[dict[str, object]], seen: str) -> None:
    assert flink.job_readiness(jobs) == seen


def test_a_refused_connection_is_reported() -> None:
    assert "refused" in flink.probe_tasks("http://127.0.0.1:1")


def test_a_first_start_has_nothing_to_resume(tmp_path: Path) -> None:
    flink.prepare(settings(tmp_path))
    assert "-s" not in flink.embedded(INSTALLATION, settings(tmp_path), None).arguments


def test_a_later_start_resumes_from_the_checkpoint(tmp_path: Path) -> None:
    flink.prepare(settings(tmp_path))
    arguments = flink.embedded(INSTALLATION, settings(tmp_path), tmp_path / "job" / "chk-8").arguments
    assert arguments[arguments.index("-s") + 1] == f"file://{tmp_path}/job/chk-8"


def test_the_command_uses_what_is_installed(tmp_path: Path) -> None:
    flink.prepare(settings(tmp_path))
    command = flink.embedded(INSTALLATION, settings(tmp_path), None)
    assert command.arguments[0] == "/java/bin/java"
    assert "-XX:SharedArchiveFile=/archives/flink.jsa" in command.arguments
    assert command.environment["CLASSPATH"] == "/jars/one.jar:/jars/two.jar"
    assert command.log == tmp_path / "logs" / "flink.log"


def test_the_buffer_timeout_is_in_flinks_settings() -> None:
    assert "execution.buffer-timeout.interval: 0ms\n" in render_flink_conf(settings(Path("/data")))
    assert "execution.buffer-timeout.interval: 100ms\n" in render_flink_conf(
        settings(Path("/data"), buffer_timeout_ms=100)
    )


def test_each_ingress_topic_goes_to_its_function() -> None:
    module = render_module(settings(Path("/data")))
    assert "{topic: users, valueType: users/UserRequest, targets: [users/user]}" in module
    assert "{topic: users-create, valueType: users/CreateUserRequest, targets: [users/create]}" in module
    assert "urlPathTemplate: http://127.0.0.1:8000/statefun" in module
