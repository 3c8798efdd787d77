"""What docs/architecture.md says of the code holds, and the code keeps the sizes that CONTRIBUTING.md names.

`python -m tests.test_architecture` writes the picture of the rooms again.
"""

import ast
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

import pytest

from system.endpoint.app import build_app
from system.endpoint.settings import EndpointSettings
from tests.code_map import (
    PACKAGES,
    ROOT,
    modules,
    python_files,
    relative,
    room_graph,
    rooms,
    syntax,
    without_detours,
)

PAGE = ROOT / "docs" / "architecture.md"
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
EACH_DOCUMENT = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: str(document.name))

BEGIN, END = "<!-- picture: python -m tests.test_architecture -->\n", "<!-- end of the picture -->\n"
CALLS = (
    ("benchmarks", "python -m system", "system/cli"),
    ("benchmarks", "python -m loadtests", "loadtests"),
    ("benchmarks", "python -m reports", "reports"),
    ("loadtests/generator", "HTTP", "system/endpoint"),
    ("system/endpoint", "Kafka and Flink", "system/functions"),
)
"""Where one program starts or calls another, which no import shows."""

PATHS = {"One POST /users/credit/add": 20, "One trial": 30, "One p99 on the page": 10}
"""The lists of files on the page, and how many files each may have."""

FILE_LINES = 300
FUNCTION_LINES = 50
TO_BE_WRITTEN = {"system/servers/wsgiref_server.py", "system/clients/counted.py"}
"""Files that a document asks its reader to write."""


def picture() -> str:
    """Return the rooms and their imports as a Mermaid flowchart."""
    graph = room_graph()
    lines = ["```mermaid", "flowchart TD"]
    for package in PACKAGES:
        lines.append(f"  subgraph {package}")
        lines += [f'    {node(one)}["{label(one)}"]' for one in graph if one.split("/")[0] == package]
        lines.append("  end")
    lines += [f"  {node(one)} -.->|{how}| {node(other)}" for one, how, other in CALLS]
    arrows = without_detours(graph)
    lines += [f"  {node(one)} --> {node(other)}" for one in graph for other in sorted(arrows[one])]
    return "\n".join([*lines, "```\n"])


def node(room: str) -> str:
    return room.replace("/", "_") if "/" in room else f"{room}_files"


def label(room: str) -> str:
    return room.partition("/")[2] or f"{room}/*.py"


def with_picture(page: str) -> str:
    """Return *page* with the picture that the code has now."""
    head, _, rest = page.partition(BEGIN)
    _, found, tail = rest.partition(END)
    assert found, f"{PAGE.name} has no place for the picture"
    return f"{head}{BEGIN}{picture()}{END}{tail}"


def files_of_path(title: str) -> list[str]:
    """Return the numbered files of the section *title*."""
    section = PAGE.read_text().partition(f"## {title}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\d+\. `([^`]+)`", section, re.MULTILINE)


def test_the_picture_is_that_of_the_code() -> None:
    page = PAGE.read_text()
    assert page == with_picture(page), "renew it: .venv/bin/python -m tests.test_architecture"


def test_the_table_has_one_sentence_for_each_room() -> None:
    rows = re.findall(
        r"^\| `((?:system|loadtests|benchmarks|reports)[\w/]*)/` \| (.+) \|$", PAGE.read_text(), re.M
    )
    assert Counter(name for name, _ in rows) == Counter(rooms())
    assert all(sentence.endswith(".") for _, sentence in rows)


@pytest.mark.parametrize(("title", "most"), PATHS.items())
def test_a_path_has_few_files_and_all_of_them_exist(title: str, most: int) -> None:
    files = files_of_path(title)
    assert 5 <= len(files) <= most
    assert len(set(files)) == len(files)
    assert [file for file in files if not (ROOT / file).is_file()] == []


def test_the_path_of_a_post_names_the_files_whose_code_runs(tmp_path: Path) -> None:
    with ExitStack() as closing:
        settings = EndpointSettings(client="memory", kafka="none:1", claims_dir=tmp_path, waiting="thread")
        http = build_app(settings, closing).test_client()
        user = http.post("/users/create").get_json()["user_id"]
        ran = files_that_run(lambda: http.post(f"/users/credit/add/{user}/5"))
    listed = set(files_of_path("One POST /users/credit/add"))
    assert {file for file in ran if file.startswith("system/endpoint/")} <= listed


def files_that_run(call: Callable[[], object]) -> set[str]:
    """Return our files whose functions this thread enters in *call*."""
    entered: set[str] = set()
    before = sys.getprofile()
    sys.setprofile(lambda frame, _event, _argument: entered.add(frame.f_code.co_filename))
    try:
        call()
    finally:
        sys.setprofile(before)
    return {str(Path(file).relative_to(ROOT)) for file in entered if Path(file).is_relative_to(ROOT)}


def functions(file: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (one for one in ast.walk(syntax(file)) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))


def test_no_file_is_too_long() -> None:
    lines = {file: len(file.read_text().splitlines()) for file in python_files(*PACKAGES, "tests")}
    assert [relative(file) for file, count in lines.items() if count > FILE_LINES] == []


def test_no_function_is_too_long() -> None:
    long = [
        f"{relative(file)}: {one.name}"
        for file in python_files(*PACKAGES, "tests")
        for one in functions(file)
        if (one.end_lineno or 0) - one.lineno >= FUNCTION_LINES
    ]
    assert long == []


def test_a_class_name_occurs_once() -> None:
    names = Counter(
        one.name
        for file in python_files(*PACKAGES)
        for one in ast.walk(syntax(file))
        if isinstance(one, ast.ClassDef)
    )
    assert [name for name, count in names.items() if count > 1] == []


def paths_in(document: Path) -> Iterator[Path]:
    """Return the files that *document* links to, and those that it names as code with their folder."""
    text = document.read_text()
    for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if "://" not in link:
            yield document.parent / link
    for name in re.findall(r"`((?:\.github|[a-z_]+)/[\w./-]*\w\.[a-z]+\w*|[a-z_]+(?:/[a-z_]+)+/)`", text):
        if not name.startswith("results/") and name not in TO_BE_WRITTEN:
            yield ROOT / name


@EACH_DOCUMENT
def test_every_file_that_a_document_names_exists(document: Path) -> None:
    assert [str(path) for path in paths_in(document) if not path.exists()] == []


@EACH_DOCUMENT
def test_every_program_that_a_document_names_exists(document: Path) -> None:
    programs = re.findall(r"python -m ([a-z_][\w.]*)", document.read_text())
    assert [name for name in programs if find_spec(name) is None] == []


@EACH_DOCUMENT
def test_every_target_that_a_document_names_is_in_the_makefile(document: Path) -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = re.findall(r"(?:^|[`;] ?)make ([a-z][a-z-]*)", document.read_text(), re.MULTILINE)
    assert set(named) <= targets


@EACH_DOCUMENT
def test_every_module_that_a_document_names_exists(document: Path) -> None:
    names = re.findall(rf"`((?:{'|'.join(PACKAGES)})(?:\.\w+)+)`", document.read_text())
    assert [name for name in names if not is_ours(name)] == []


def is_ours(name: str) -> bool:
    """Return whether *name* is a module of ours, or a name that a module of ours has."""
    module, _, attribute = name.rpartition(".")
    return name in modules() or (module in modules() and attribute in modules()[module].read_text())


if __name__ == "__main__":
    PAGE.write_text(with_picture(PAGE.read_text()))
