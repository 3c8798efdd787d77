"""Which optional packages are installed, and that the parts and the lock agree on them."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from system.servers.catalogue import SERVERS
from system.setup import extras, extras_lock
from system.setup.extras_lock import ALL, LOCK, Extra, Recipe, UnknownExtra, pinned, reason, wanted
from system.setup.meinheld_source import OtherSource

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


def nothing_is_there(program: str) -> None:
    return None


def packages_of(asked: str) -> list[str]:
    return [extra.package for extra in wanted(asked, PACKAGES, PINS, nothing_is_there)]


def test_all_is_every_part_that_the_lock_has_a_package_for_with_the_slowest_last() -> None:
    assert packages_of(ALL) == ["cheroot", "waitress", "mod-wsgi-standalone"]


def test_what_is_named_is_installed_and_nothing_else() -> None:
    assert packages_of("waitress") == ["waitress"]
    assert packages_of("waitress,cheroot,waitress") == ["waitress", "cheroot"]


def test_a_part_that_every_installation_has_needs_nothing_more() -> None:
    assert packages_of("granian") == []


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(UnknownExtra, match="extra nope is not known; choose all or of mod-wsgi, cheroot"):
        packages_of("waitress,nope")


def test_a_package_comes_with_the_pinned_ones_that_it_needs() -> None:
    (cheroot,) = wanted("cheroot", PACKAGES, PINS, nothing_is_there)
    assert [line.split()[0] for line in cheroot.requirements] == [
        *("jaraco-functools==4.6.0", "more-itertools==11.2.1", "cheroot==11.1.2")
    ]
    assert all("--hash=sha256:" in line for line in cheroot.requirements)


def test_an_apache_that_is_there_is_built_for() -> None:
    (there,) = wanted("mod-wsgi", PACKAGES, PINS, lambda program: f"/usr/bin/{program}")
    assert (there.package, there.version) == ("mod-wsgi", "6.1.1")


def test_parts_that_need_the_same_package_get_it_once() -> None:
    both = {"first": "waitress", "second": "Waitress"}
    assert [extra.parts for extra in wanted(ALL, both, PINS)] == [("first", "second")]


def test_every_recipe_and_all_that_it_needs_is_in_the_lock() -> None:
    locked = pinned(LOCK.read_text())
    assert {
        *extras_lock.RECIPES,
        *(need for each in extras_lock.RECIPES.values() for need in each.needs),
    } <= set(locked)
    assert all("--hash=sha256:" in block for block in locked.values())


def test_a_server_that_is_missing_is_in_the_lock_or_in_the_main_one() -> None:
    main = pinned(LOCK.with_name("requirements.lock").read_text())
    known = set(main) | set(pinned(LOCK.read_text()))
    assert {extras_lock.canonical(SERVERS.load(name).distribution or "") for name in SERVERS} <= known


@pytest.mark.parametrize(
    ("output", "told"),
    [
        (
            "error: subprocess-exited-with-error\n  x.c\n  error: command 'gcc' failed\nERROR: no wheel",
            "'gcc'",
        ),
        ("ERROR: No matching distribution found for waitress==3.0.2", "No matching distribution"),
        ("RuntimeError: apxs is missing\nerror: metadata-generation-failed\nhint: see above", "apxs"),
        ("killed\n", "killed"),
        ("", "it said nothing"),
    ],
)
def test_the_reason_is_the_line_that_says_most(output: str, told: str) -> None:
    assert told in reason(output)


def extra(package: str) -> Extra:
    return Extra(package, ("part",), "1", (f"{package}==1 --hash=sha256:{'0' * 64}\n",), Recipe())


def test_what_cannot_be_had_is_told_and_the_rest_is_fine(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(extras, "wanted", lambda *_: [extra("broken"), extra("good")])
    monkeypatch.setattr(extras, "install", lambda each: "no gcc" if each.package == "broken" else None)
    assert extras.main([ALL]) == 0
    assert capsys.readouterr().out.splitlines() == ["part: not installed: no gcc", "part: good 1 installed"]
    assert extras.main(["broken,good"]) == 3


def test_an_installation_that_fails_gives_its_reason_and_its_log(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(extras, "LOGS", tmp_path)
    monkeypatch.setattr(extras, "PIP", (sys.executable, "-c", "raise SystemExit('ERROR: not to be had')"))
    told = extras.install(extra("broken"))
    assert told == f"ERROR: not to be had; see {tmp_path / 'broken.log'}"


def test_what_a_package_is_built_with_is_installed_before_it(
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


def odd(repair: Callable[[Path], None]) -> Extra:
    return Extra("odd", ("part",), "1+repaired", ("odd==1\n",), Recipe(repair=repair))


def test_what_needs_a_repair_is_built_of_the_repaired_source(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def repair(source: Path) -> None:
        assert (source / "lines").read_text() == "odd==1\n"
        (source / "lines").write_text("repaired")

    monkeypatch.setattr(extras, "LOGS", tmp_path)
    monkeypatch.setattr(extras, "PIP", (sys.executable, "-c", FETCH))
    assert extras.install(odd(repair)) is None
    assert (tmp_path / "odd.log").read_text().split() == ["repaired"]


def test_a_source_that_the_repair_is_not_for_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def repair(source: Path) -> None:
        raise OtherSource(f"{source.name} is another")

    monkeypatch.setattr(extras, "LOGS", tmp_path)
    monkeypatch.setattr(extras, "PIP", (sys.executable, "-c", FETCH))
    assert extras.install(odd(repair)) == "odd-1 is another"
    assert (tmp_path / "odd.log").read_text() == ""
