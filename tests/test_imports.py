"""Imports point one way: reports -> benchmarks.results; benchmarks -> catalogues; the others -> neither."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("system", "loadtests", "benchmarks", "reports")
ALLOWED = {
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
        "loadtests.measurement.samples",
    ),
    "reports": ("benchmarks.results",),
}


def imported_modules(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def crossings(package: str) -> Iterator[str]:
    others = [other for other in PACKAGES if other != package]
    for file in (ROOT / package).rglob("*.py"):
        for module in imported_modules(file):
            if module.split(".")[0] in others and not module.startswith(ALLOWED[package] or ("-",)):
                yield f"{file.relative_to(ROOT)} imports {module}"


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_only_what_points_its_way(package: str) -> None:
    assert list(crossings(package)) == []
