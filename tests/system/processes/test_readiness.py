"""A component's dependencies are awaited at each start, up to a deadline; a failed start leaves nothing."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from system.processes.component import READY, Command, Component
from system.processes.guard import Guard
from system.processes.readiness import Dependency, NotReady, start_once, with_dependencies

COMMAND = Command(("true",), Path("/log"))
PLAIN = Component("part", lambda: COMMAND, lambda: READY, "nowhere")


def answering(*answers: str) -> Dependency:
    remaining: Iterator[str] = iter(answers)
    return Dependency("the broker", lambda: next(remaining))


def test_a_start_waits_until_a_dependency_is_ready_and_prints_so_once() -> None:
    printed: list[str] = []
    component = with_dependencies(PLAIN, [answering("refused", "refused", READY)], 10.0, printed.append)
    assert component.command() == COMMAND
    assert printed == ["waiting for the broker"]


def test_each_start_waits_again() -> None:
    component = with_dependencies(PLAIN, [answering(READY, READY)], 10.0, pytest.fail)
    assert [component.command(), component.command()] == [COMMAND, COMMAND]


def test_at_the_deadline_the_error_says_what_was_seen_last() -> None:
    refusing = Dependency("the broker", lambda: "refused")
    component = with_dependencies(PLAIN, [refusing], 0.01, lambda line: None)
    with pytest.raises(NotReady, match="the broker did not answer in time; last seen: refused"):
        component.command()


def test_a_component_that_is_started_once_is_returned_when_it_is_ready(tmp_path: Path) -> None:
    with closing(Guard()) as guard:
        process = start_once(sleeping(tmp_path), guard)
        assert not process.has_ended()
        process.kill()
        process.wait()


def test_a_component_that_is_started_once_and_not_ready_in_time_is_killed(tmp_path: Path) -> None:
    pids: list[int] = []

    def probe() -> str:
        pids.extend(child.pid for child in psutil.Process().children() if child.name() == "sleep")
        return "not yet"

    component = replace(sleeping(tmp_path), probe=probe, ready_within_s=0.5)
    with closing(Guard()) as guard, pytest.raises(NotReady, match="last seen: not yet"):
        start_once(component, guard)
    assert pids
    assert not any(map(psutil.pid_exists, pids))


def sleeping(folder: Path) -> Component:
    command = Command(("sleep", "60"), folder / "log")
    return Component("part", lambda: command, lambda: READY, "nowhere")
