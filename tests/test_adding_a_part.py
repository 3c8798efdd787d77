"""A part is one file and one row: runs the code in the documents as rows, and as an installed package."""

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import availability
from benchmarks.results.store.schema import Cell, Load
from system.clients.catalogue import CLIENTS
from system.runtime.endpoint_choice import EndpointOptions, choose
from system.servers.catalogue import SERVERS
from tests.live_system import ROOT, LiveSystem, run, start

SERVER = ROOT / "CONTRIBUTING.md", "system/servers/wsgiref_server.py"
CLIENT = ROOT / "docs" / "adding-a-part.md", "system/clients/counted.py"
PACKAGE = ROOT / "docs" / "adding-a-part.md"


def block_after(document: Path, words: str, language: str) -> str:
    """Return the first block of code in *language* that follows *words* in *document*."""
    text = document.read_text().partition(words)[2]
    found = re.search(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert found, f"{document.name} has no {language} code after {words!r}"
    return found[1]


def write_modules(folder: Path) -> None:
    for document, file in (SERVER, CLIENT):
        (folder / Path(file).name).write_text(block_after(document, f"`{file}`", "python"))


def entry_points(groups: dict[str, dict[str, str]]) -> str:
    lines = [
        [f"[{group}]", *(f"{name} = {where}" for name, where in rows.items())]
        for group, rows in groups.items()
    ]
    return "\n".join(line for group in lines for line in group)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package of the documents as if it were installed, on the path of new processes."""
    site = tmp_path / "site"
    project = tomllib.loads(block_after(PACKAGE, "entry points, and", "toml"))["project"]
    information = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    (information / "entry_points.txt").write_text(entry_points(project["entry-points"]))
    write_modules(site)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(site), str(ROOT)]))
    return site


@pytest.fixture
def system(package: Path, tmp_path: Path) -> Iterator[LiveSystem]:
    running = start(tmp_path / "data", "--server", "wsgiref", "--client", "counted")
    yield running
    assert running.stop() == 0


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=110, check=False
    )


def test_an_installed_package_is_listed_with_its_version_and_capacity(package: Path) -> None:
    listed = json.loads(python("benchmarks", "list", "servers", "--json").stdout)
    assert {
        "name": "wsgiref",
        "available": True,
        "reason": None,
        "version": "1.0",
        "capacity": "processes x threads",
    } in listed
    clients = json.loads(python("benchmarks", "list", "clients", "--json").stdout)
    assert "counted" in {client["name"] for client in clients}


def test_a_server_and_a_client_of_an_installed_package_serve_the_system(system: LiveSystem) -> None:
    user = system.request("POST", "/users/create")[1]["user_id"]
    assert system.request("POST", f"/users/credit/add/{user}/5")[1]["credit"] == 5
    assert system.request("GET", f"/users/find/{user}") == (200, {"user_id": user, "credit": 5})


def test_a_server_of_an_installed_package_runs_in_the_contract_test(package: Path) -> None:
    tested = python(
        "pytest", "-q", "-p", "no:cacheprovider", "tests/system/servers/test_contract.py", "-k", "wsgiref"
    )
    assert (tested.returncode, " passed" in tested.stdout) == (0, True), tested.stdout


def test_a_combination_of_an_installed_package_that_cannot_work_is_refused(
    package: Path, tmp_path: Path
) -> None:
    asked = ("--server", "wsgiref", "--client", "counted", "--processes", "2", "--data-dir", str(tmp_path))
    refused = run("up", "--ports", "auto", *asked)
    assert refused.returncode == 2
    assert refused.stderr == (
        "error: client counted keeps its users in one process; --processes 2 has to be 1\n"
    )


def test_a_package_whose_module_is_broken_is_reported_and_the_others_are_listed(package: Path) -> None:
    (package / "wsgiref_server.py").write_text("import no_such_package\n")
    listed = {
        part["name"]: part for part in json.loads(python("benchmarks", "list", "servers", "--json").stdout)
    }
    assert "No module named 'no_such_package'" in listed["wsgiref"]["reason"]
    assert listed["granian"]["available"]
    refused = run("up", "--server", "wsgiref", "--ports", "auto")
    assert refused.returncode == 2
    assert refused.stderr.startswith(
        "error: WSGI server 'wsgiref' cannot be loaded from wsgiref_server:WSGIREF"
    )


@pytest.fixture
def rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two new files, and a row for each."""
    write_modules(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(SERVERS.rows, "wsgiref", "wsgiref_server:WSGIREF")
    monkeypatch.setitem(CLIENTS.rows, "counted", "counted:COUNTED")


def test_a_new_file_needs_one_row_and_nothing_else(rows: None) -> None:
    choice = choose(EndpointOptions(server="wsgiref", client="counted"))
    assert (choice.server.name, choice.client.name) == ("wsgiref", "counted")
    assert "wsgiref" in {server.name for server in availability.servers()}
    assert {"wsgiref"} <= set(availability.catalogue_names().servers)
    assert {"counted"} <= set(availability.catalogue_names().clients)
    load = Load(kind="closed", users=4)
    cell = Cell(
        name="new", server="wsgiref", client="counted", scenario="mixed", processes=1, threads=3, load=load
    )
    assert availability.refusal(cell) is None
    assert availability.settings(cell).capacity == 3


@pytest.mark.parametrize(("document", "file"), [SERVER, CLIENT])
def test_the_rows_in_the_documents_name_the_parts_in_their_files(document: Path, file: str) -> None:
    row = block_after(document, "row into", "python").strip()
    module, _, attribute = row.split('"')[3].partition(":")
    assert module.replace(".", "/") + ".py" == file
    assert f"\n{attribute} = " in block_after(document, f"`{file}`", "python")
