"""The optional packages: which ones a name selects, how they are installed, and meinheld's patch."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from system.servers.catalogue import SERVERS
from system.setup import extras, extras_recipes
from system.setup.extras import failure_reason
from system.setup.extras_recipes import ALL, LOCK, Extra, Recipe, UnknownExtra, pinned, select
from system.setup.meinheld_source import READS_MEMORY, UPGRADES, UnexpectedSource, patch

PINS = """\
cheroot==11.1.2 \\
    --hash=sha256:aa
jaraco-functools==4.6.0 \\
    --hash=sha256:bb
mod-wsgi==6.1.1 \\
    --hash=sha256:cc
mod-wsgi-httpd==2.4 \\
    --hash=sha256:dd
mod-wsgi-standalone==6.1.1 \\
    --hash=sha256:ee
more-itertools==11.2.1 \\
    --hash=sha256:ff
waitress==3.0.2 \\
    --hash=sha256:01
"""
PACKAGES = {
    "mod-wsgi": "mod_wsgi-standalone",
    "cheroot": "cheroot",
    "waitress": "waitress",
    "granian": "granian",
}


def no_program(program: str) -> None:
    return None


def packages_of(names: str) -> list[str]:
    return [extra.package for extra in select(names, PACKAGES, PINS, no_program)]


def test_all_selects_every_part_with_a_package_in_the_lock_and_the_slowest_last() -> None:
    assert packages_of(ALL) == ["cheroot", "waitress", "mod-wsgi-standalone"]


def test_names_select_those_parts_and_no_others() -> None:
    assert packages_of("waitress") == ["waitress"]
    assert packages_of("waitress,cheroot,waitress") == ["waitress", "cheroot"]


def test_a_part_of_every_installation_needs_no_extra() -> None:
    assert packages_of("granian") == []


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownExtra, match="extra nope is not known; choose all or of mod-wsgi, cheroot"):
        packages_of("waitress,nope")


def test_a_package_is_selected_with_the_packages_that_it_needs() -> None:
    (cheroot,) = select("cheroot", PACKAGES, PINS, no_program)
    assert [line.split()[0] for line in cheroot.requirements] == [
        *("jaraco-functools==4.6.0", "more-itertools==11.2.1", "cheroot==11.1.2")
    ]
    assert all("--hash=sha256:" in line for line in cheroot.requirements)


def test_an_installed_apache_is_used() -> None:
    (there,) = select("mod-wsgi", PACKAGES, PINS, lambda program: f"/usr/bin/{program}")
    assert (there.package, there.version) == ("mod-wsgi", "6.1.1")


def test_a_package_that_two_parts_need_is_selected_once() -> None:
    both = {"first": "waitress", "second": "Waitress"}
    assert [extra.parts for extra in select(ALL, both, PINS)] == [("first", "second")]


def test_every_recipe_and_every_package_that_it_needs_is_in_the_lock() -> None:
    locked = pinned(LOCK.read_text())
    assert {
        *extras_recipes.RECIPES,
        *(need for each in extras_recipes.RECIPES.values() for need in each.needs),
    } <= set(locked)
    assert all("--hash=sha256:" in block for block in locked.values())


def test_the_package_of_every_server_is_in_one_of_the_locks() -> None:
    main = pinned(LOCK.with_name("requirements.lock").read_text())
    known = set(main) | set(pinned(LOCK.read_text()))
    assert {extras_recipes.canonical(SERVERS.load(name).distribution or "") for name in SERVERS} <= known


@pytest.mark.parametrize(
    ("output", "part"),
    [
        (
            "error: subprocess-exited-with-error\n  x.c\n  error: command 'gcc' failed\nERROR: no wheel",
            "'gcc'",
        ),
        ("ERROR: No matching distribution found for waitress==3.0.2", "No matching distribution"),
        ("RuntimeError: apxs is missing\nerror: metadata-generation-failed\nhint: see above", "apxs"),
        ("killed\n", "killed"),
        ("", "it printed nothing"),
    ],
)
def test_the_reason_is_the_line_that_explains_most(output: str, part: str) -> None:
    assert part in failure_reason(output)


def extra(package: str) -> Extra:
    return Extra(package, ("part",), "1", (f"{package}==1 --hash=sha256:{'0' * 64}\n",), Recipe())


def test_a_failed_installation_is_reported_and_the_others_succeed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(extras, "select", lambda *_: [extra("broken"), extra("fine")])
    monkeypatch.setattr(extras, "install", lambda each: "no gcc" if each.package == "broken" else None)
    assert extras.main([ALL]) == 0
    assert capsys.readouterr().out.splitlines() == ["part: not installed: no gcc", "part: fine 1 installed"]
    assert extras.main(["broken,fine"]) == 3


def test_a_failed_installation_returns_its_reason_and_its_log(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(extras, "LOGS", tmp_path)
    monkeypatch.setattr(extras, "PIP", (sys.executable, "-c", "raise SystemExit('ERROR: no such package')"))
    failure = extras.install(extra("broken"))
    assert failure == f"ERROR: no such package; see {tmp_path / 'broken.log'}"


def test_the_packages_that_a_build_needs_are_installed_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(extras, "LOGS", tmp_path)
    monkeypatch.setattr(
        extras, "PIP", (sys.executable, "-c", "print(open(__import__('sys').argv[-1]).read())")
    )
    assert extras.install(Extra("outer", ("part",), "1", ("inner==2\n", "outer==1\n"), Recipe())) is None
    assert (tmp_path / "outer.log").read_text().split() == ["inner==2", "outer==1"]


FETCH = """
import sys, tarfile
if sys.argv[1] == "download":
    archive = sys.argv[sys.argv.index("--dest") + 1] + "/odd-1.tar.gz"
    tarfile.open(archive, "w:gz").add(sys.argv[-1], "odd-1/lines")
else:
    print(open(sys.argv[-1] + "/lines").read())
"""


def odd(change: Callable[[Path], None]) -> Extra:
    return Extra("odd", ("part",), "1+patched", ("odd==1\n",), Recipe(patch=change))


def test_a_package_with_a_patch_is_built_from_the_patched_source(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def change(source: Path) -> None:
        assert (source / "lines").read_text() == "odd==1\n"
        (source / "lines").write_text("patched")

    monkeypatch.setattr(extras, "LOGS", tmp_path)
    monkeypatch.setattr(extras, "PIP", (sys.executable, "-c", FETCH))
    assert extras.install(odd(change)) is None
    assert (tmp_path / "odd.log").read_text().split() == ["patched"]


def test_a_source_that_the_patch_does_not_fit_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def change(source: Path) -> None:
        raise UnexpectedSource(f"{source.name} is another")

    monkeypatch.setattr(extras, "LOGS", tmp_path)
    monkeypatch.setattr(extras, "PIP", (sys.executable, "-c", FETCH))
    assert extras.install(odd(change)) == "odd-1 is another"
    assert (tmp_path / "odd.log").read_text() == ""


SETUP_PY = """setup(version="1.0.2", install_requires=['greenlet>=0.4.5,<0.5'])\n"""


def meinheld_source(folder: Path, setup: str = SETUP_PY) -> Path:
    server = folder / "meinheld/server"
    server.mkdir(parents=True)
    (server / "greenlet.h").write_text("of 2020")
    (server / "greensupport.c").write_text(f"{{ {READS_MEMORY} }}")
    (server / "server.c").write_text(f"{{ {UPGRADES} return -1; }} }}")
    (folder / "setup.py").write_text(setup)
    return folder


def test_meinhelds_source_gets_the_header_of_the_installed_greenlet_and_its_own_version(
    tmp_path: Path,
) -> None:
    patch(meinheld_source(tmp_path))
    assert "PyGreenlet_GetParent" in (tmp_path / "meinheld/server/greenlet.h").read_text()
    assert "PyErr_Clear(); return -1;" in (tmp_path / "meinheld/server/server.c").read_text()
    assert "Py_XDECREF(parent);" in (tmp_path / "meinheld/server/greensupport.c").read_text()
    assert (tmp_path / "setup.py").read_text() == (
        """setup(version="1.0.2+greenlet.2", install_requires=['greenlet'])\n"""
    )


def test_another_source_of_meinheld_is_refused_with_the_missing_text(tmp_path: Path) -> None:
    with pytest.raises(UnexpectedSource, match=r"setup.py has 0 times 'version=\"1.0.2\"', not once"):
        patch(meinheld_source(tmp_path, SETUP_PY.replace("1.0.2", "1.0.3")))
