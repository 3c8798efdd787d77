"""A supervisor starts components in order, keeps them running, and stops them in reverse."""

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import SimpleQueue

import psutil
import pytest

from system.errors import EnvironmentUnfit
from system.processes.component import READY, Command, Component, ComponentStatus, Probe
from system.processes.events import Event, Events, Ready, Restarted, StopRequested
from system.processes.guard import Guard
from system.processes.readiness import NotReady
from system.processes.supervisor import Stopped, Supervisor
from tests.live_system import eventually

# Writes its name into a journal when it starts and when it stops, so that a test can read the order.
WRITES_JOURNAL = """
import signal, sys, time
def note(what):
    with open(sys.argv[1], "a") as journal:
        journal.write(what + " " + sys.argv[2] + "\\n")
def stop(*_):
    note("stop")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
note("start")
time.sleep(60)
"""
IGNORES_SIGTERM = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
time.sleep(60)
"""


@dataclass
class Scene:
    """A supervisor under test: its guard, its folder, and what it reported."""

    folder: Path
    guard: Guard
    events: Events = field(default_factory=SimpleQueue)
    reported: list[Event] = field(default_factory=list)
    statuses: Sequence[ComponentStatus] = ()
    supervisor: Supervisor | None = None

    @property
    def journal(self) -> list[str]:
        file = self.folder / "journal"
        return file.read_text().splitlines() if file.exists() else []

    def supervise(self, *components: Component) -> Supervisor:
        self.supervisor = Supervisor(
            components, self.guard, self.events, self.on_change, self.reported.append
        )
        return self.supervisor

    def on_change(self, statuses: Sequence[ComponentStatus]) -> None:
        self.statuses = statuses

    def component(
        self, name: str, code: str = WRITES_JOURNAL, probe: Probe | None = None, after: tuple[str, ...] = ()
    ) -> Component:
        arguments = (sys.executable, "-c", code, str(self.folder / "journal"), name)
        command = Command(arguments, self.folder / f"{name}.log")
        return Component(name, lambda: command, probe or self.has_started(name), "nowhere", after)

    def has_started(self, name: str) -> Probe:
        return lambda: READY if f"start {name}" in self.journal else f"journal {self.journal}"


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path, Guard())
    yield scene
    if scene.supervisor:
        scene.supervisor.stop()
    scene.guard.close()


def pid_of(scene: Scene, name: str) -> int:
    return next(s.pid for s in scene.statuses if s.component == name and s.pid)


def test_a_component_starts_after_those_it_needs_and_stops_before_them(scene: Scene) -> None:
    supervisor = scene.supervise(scene.component("first"), scene.component("second", after=("first",)))
    supervisor.start()
    supervisor.stop()
    assert scene.journal == ["start first", "start second", "stop second", "stop first"]
    assert [status.phase for status in scene.statuses] == ["stopped", "stopped"]


def test_independent_components_start_at_the_same_time(scene: Scene) -> None:
    def both() -> str:
        return READY if len(scene.journal) == 2 else "one of two"

    scene.supervise(scene.component("first", probe=both), scene.component("second", probe=both)).start()


def test_a_component_that_ends_before_it_is_ready_is_an_error_that_names_its_log(scene: Scene) -> None:
    supervisor = scene.supervise(
        scene.component("broken", "raise SystemExit(7)", probe=lambda: "not yet"),
        scene.component("never", after=("broken",)),
    )
    with pytest.raises(
        EnvironmentUnfit, match=r"broken ended with exit code 7 before it was ready; its log is .*broken\.log"
    ):
        supervisor.start()
    assert scene.journal == []


def test_a_failed_start_whose_cause_was_removed_is_repeated(scene: Scene) -> None:
    causes = ["broken", "broken"]

    def probe() -> str:
        if causes:
            raise NotReady(f"is {causes[-1]}")
        return READY

    def recover() -> bool:
        causes.pop()
        return True

    scene.supervise(replace(scene.component("part", probe=probe), recover=recover)).start()
    assert [event.reason for event in scene.reported if isinstance(event, Restarted)] == [
        f"part is broken; its log is {scene.folder}/part.log"
    ] * 2


def test_a_component_that_is_not_ready_in_time_is_an_error_with_what_the_probe_saw(scene: Scene) -> None:
    component = replace(scene.component("slow", probe=lambda: "tasks 1 of 3"), ready_within_s=0.3)
    with pytest.raises(EnvironmentUnfit, match=r"slow was not ready in 0\.3 s; last seen: tasks 1 of 3"):
        scene.supervise(component).start()


def test_a_probe_that_raises_not_ready_ends_the_start_at_once(scene: Scene) -> None:
    def unusable() -> str:
        raise NotReady("is not usable: 1 partition")

    with pytest.raises(EnvironmentUnfit, match="one is not usable: 1 partition"):
        scene.supervise(scene.component("one", probe=unusable)).start()


def test_any_other_exception_of_a_probe_is_an_error_too(scene: Scene) -> None:
    def broken() -> str:
        raise KeyError("tasks")

    with pytest.raises(EnvironmentUnfit, match=r"one is no longer supervised: KeyError\('tasks'\)"):
        scene.supervise(scene.component("one", probe=broken)).start()


def test_a_command_that_does_not_exist_is_an_error(scene: Scene) -> None:
    missing = Command((str(scene.folder / "missing"),), scene.folder / "missing.log")
    component = Component("missing", lambda: missing, lambda: "not yet", "nowhere")
    with pytest.raises(EnvironmentUnfit, match="missing ended with exit code 127"):
        scene.supervise(component).start()


def test_a_component_that_dies_is_started_again_and_counted(scene: Scene) -> None:
    supervisor = scene.supervise(scene.component("one"), scene.component("other"))
    supervisor.start()
    first, other = pid_of(scene, "one"), pid_of(scene, "other")
    os.kill(first, signal.SIGKILL)
    eventually(lambda: scene.statuses[0].restarts == 1 and scene.statuses[0].phase == "ready")
    assert pid_of(scene, "one") != first
    assert (pid_of(scene, "other"), scene.statuses[1].restarts) == (other, 0)


def test_a_component_that_dies_again_and_again_is_started_again_and_again(scene: Scene) -> None:
    short_lived = scene.component("one", "import time; time.sleep(0.1)", probe=lambda: READY)
    scene.supervise(short_lived).start()
    eventually(lambda: scene.statuses[0].restarts >= 3)


def test_the_children_of_a_dead_component_are_killed_before_it_restarts(scene: Scene) -> None:
    code = "import subprocess, time; subprocess.Popen(['sleep', '60']); time.sleep(60)"
    component = scene.component("one", code, probe=lambda: READY)
    supervisor = scene.supervise(component)
    supervisor.start()
    parent = psutil.Process(pid_of(scene, "one"))
    eventually(lambda: "sleep" in [child.name() for child in parent.children()])
    orphan = parent.children()[0]
    parent.kill()
    eventually(lambda: scene.statuses[0].restarts == 1)
    assert not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE


def test_a_component_that_ignores_its_stop_signal_is_killed(scene: Scene) -> None:
    log = scene.folder / "stubborn.log"

    def probe() -> str:
        return READY if log.exists() and log.read_text() else "not stubborn yet"

    supervisor = scene.supervise(
        replace(scene.component("stubborn", IGNORES_SIGTERM, probe=probe), stop_within_s=0.2)
    )
    supervisor.start()
    process = psutil.Process(pid_of(scene, "stubborn"))
    supervisor.stop()
    assert not process.is_running()


def test_a_stop_request_during_the_start_ends_it(scene: Scene) -> None:
    supervisor = scene.supervise(scene.component("slow", probe=lambda: "not yet"))
    scene.events.put(StopRequested())
    with pytest.raises(Stopped):
        supervisor.start()
    supervisor.stop()
    eventually(lambda: scene.statuses[0].phase == "stopped")


def test_the_supervisor_runs_until_a_stop_is_requested(scene: Scene) -> None:
    supervisor = scene.supervise(scene.component("one"))
    supervisor.start()
    scene.events.put(StopRequested())
    supervisor.run()
    assert [type(event) for event in scene.reported] == [Ready, StopRequested]
