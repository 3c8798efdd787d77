"""The four packages as a graph: files, the rooms (folders) that they are in, and who imports whom."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("system", "loadtests", "benchmarks", "reports")

Graph = Mapping[str, set[str]]


def python_files(*folders: str) -> list[Path]:
    """Return the Python files of *folders*, without those that protoc writes."""
    found = (file for folder in folders for file in (ROOT / folder).rglob("*.py"))
    return sorted(file for file in found if not file.stem.endswith("_pb2"))


def relative(file: Path) -> str:
    return str(file.relative_to(ROOT))


def syntax(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


def module_name(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def modules() -> dict[str, Path]:
    """Return the files of the four packages by the name under which they are imported."""
    return {module_name(file): file for package in PACKAGES for file in (ROOT / package).rglob("*.py")}


def imported_modules(file: Path) -> Iterator[str]:
    """Return the modules that *file* imports anywhere, `from package import module` included."""
    for node in ast.walk(syntax(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from (name if name in modules() else node.module for name in names)


def our_imports(file: Path) -> set[Path]:
    return {modules()[name] for name in imported_modules(file) if name in modules()}


def room(file: Path) -> str:
    """Return the room of *file*: its folder at the second level, or at the third below `results`.

    `endpoint/http` belongs to the room `endpoint`; a folder without modules of its own is no room.
    """
    folders = file.relative_to(ROOT).parent.parts
    depth = 2 if len(folders) < 3 or has_modules(ROOT.joinpath(*folders[:2])) else 3
    return "/".join(folders[:depth])


@cache
def has_modules(folder: Path) -> bool:
    return any(file.name != "__init__.py" for file in folder.glob("*.py"))


def sources() -> Iterator[Path]:
    """Return the modules of the four packages; `__main__` only calls its package's command line."""
    return (file for file in modules().values() if file.name not in ("__init__.py", "__main__.py"))


def rooms() -> set[str]:
    return {room(file) for file in sources()}


def room_graph() -> dict[str, set[str]]:
    """Return the rooms that each room imports; files directly in a package's folder are one room."""
    return {
        one: {room(other) for file in sources() if room(file) == one for other in our_imports(file)} - {one}
        for one in sorted(rooms())
    }


def cycle_graph() -> dict[str, set[str]]:
    """Return the graph in which no cycle may be: rooms, and singly the files directly in a package's folder.

    Those files are both what all rooms of the package use and what uses all of them.
    """
    graph: dict[str, set[str]] = {}
    for file in sources():
        graph.setdefault(_node(file), set()).update(map(_node, our_imports(file)))
    return {node: others - {node} for node, others in graph.items()}


def _node(file: Path) -> str:
    return relative(file) if room(file) in PACKAGES else room(file)


def reachable(graph: Graph, start: str) -> set[str]:
    """Return the nodes to which one or more arrows lead from *start*."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        new = graph.get(waiting.pop(), set()) - seen
        seen |= new
        waiting += new
    return seen


def cycles(graph: Graph) -> list[list[str]]:
    """Return the groups of nodes that import one another, directly or through others."""
    reached = {node: reachable(graph, node) for node in graph}
    groups = {frozenset(other for other in reached[node] if node in reached.get(other, ())) for node in graph}
    return sorted(sorted(group) for group in groups if group)


def without_detours(graph: Graph) -> dict[str, set[str]]:
    """Return *graph* without each arrow whose end can be reached through other arrows."""
    kept = {node: set(others) for node, others in graph.items()}
    for node in sorted(kept):
        for other in sorted(kept[node]):
            kept[node].remove(other)
            if other not in reachable(kept, node):
                kept[node].add(other)
    return kept
