"""Imports point one way: between the four packages, and between the rooms of each."""

from collections.abc import Iterator

import pytest

from tests.code_map import (
    PACKAGES,
    cycle_graph,
    cycles,
    imported_modules,
    python_files,
    relative,
    room_graph,
)

ALLOWED: dict[str, tuple[str, ...]] = {
    "system": (),
    "loadtests": (),
    "benchmarks": (
        "system.clients.catalogue",
        "system.servers.catalogue",
        "system.servers.protocol",
        "system.baselines.catalogue",
        "system.catalogue",
        "system.combination",
        "loadtests.scenarios.catalogue",
        "loadtests.measurement",
        "loadtests.ledger",
        "loadtests.child_process",
    ),
    "reports": ("benchmarks.results",),
}
"""What each package may import of the others: catalogues, and definitions of what was measured and judged."""


def crossings(package: str) -> Iterator[str]:
    others = [other for other in PACKAGES if other != package]
    for file in python_files(package):
        for module in imported_modules(file):
            if module.split(".")[0] in others and not is_below(module, ALLOWED[package]):
                yield f"{relative(file)} imports {module}"


def is_below(module: str, allowed: tuple[str, ...]) -> bool:
    return any(f"{module}.".startswith(f"{name}.") for name in allowed)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_only_what_points_its_way(package: str) -> None:
    assert list(crossings(package)) == []


def test_a_name_is_allowed_with_all_that_lies_below_it_and_nothing_else() -> None:
    assert is_below("loadtests.measurement.samples", ("loadtests.measurement",))
    assert not is_below("loadtests.measurements", ("loadtests.measurement",))


def test_clients_and_servers_do_not_import_each_other() -> None:
    graph = room_graph()
    assert "system/servers" not in graph["system/clients"]
    assert "system/clients" not in graph["system/servers"]


def test_no_room_imports_one_that_imports_it() -> None:
    assert cycles(cycle_graph()) == []


def test_a_cycle_is_found_however_long_it_is() -> None:
    assert cycles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]
    assert cycles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []
