"""The status of a running system: the processes, memory and restarts of its components."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import psutil

from system.runtime.layout import Layout
from system.runtime.state import ComponentState, SystemState, running_state

MIB = 1 << 20


@dataclass(frozen=True)
class StatusRow:
    """A row of `status`; *rss_mib* is the sum over *pids*.

    *health* is the endpoint's address for health checks, None if there is none and for other components.
    """

    component: str
    pids: list[int]
    address: str
    rss_mib: float
    restarts: int
    state: str
    health: str | None = None


def running_states(layout: Layout) -> list[SystemState]:
    """Return the states of the system on *layout* and of the components started separately, if they run."""
    files = [layout.state, *sorted(layout.endpoints.glob("*.json"))]
    return [state for file in files if (state := running_state(file)) is not None]


def rows(states: Iterable[SystemState]) -> list[StatusRow]:
    """Return one row per component, and a second one for the workers of each endpoint."""
    return [
        row
        for state in states
        for component in state.components
        for row in _rows_of(component, state.addresses.health)
    ]


def _rows_of(component: ComponentState, health: str | None) -> Iterator[StatusRow]:
    row = _row(component.component, component, [component.pid] if component.pid else [])
    yield replace(row, health=health) if component.component == "endpoint" else row
    if component.component == "endpoint":
        yield _row("endpoint-worker", component, descendants(component.pid))


def _row(name: str, component: ComponentState, pids: Sequence[int]) -> StatusRow:
    restarts = component.restarts if name == component.component else 0
    return StatusRow(name, list(pids), component.address, rss_mib(pids), restarts, component.state)


def descendants(pid: int | None) -> list[int]:
    """Return the ids of all descendants of *pid*."""
    try:
        return [child.pid for child in psutil.Process(pid).children(recursive=True)] if pid else []
    except psutil.NoSuchProcess:
        return []


def rss_mib(pids: Iterable[int]) -> float:
    """Return the total resident memory of *pids*; a process that has ended counts as 0."""
    return round(sum(map(_rss_bytes, pids)) / MIB, 1)


def _rss_bytes(pid: int) -> int:
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
