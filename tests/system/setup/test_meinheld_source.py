"""How meinheld's source is changed before it is built."""

from pathlib import Path

import pytest

from system.setup.meinheld_source import READS_MEMORY, OtherSource, repair

SETUP = """setup(version="1.0.2", install_requires=['greenlet>=0.4.5,<0.5'])\n"""


def source(folder: Path, setup: str = SETUP) -> Path:
    server = folder / "meinheld/server"
    server.mkdir(parents=True)
    (server / "greenlet.h").write_text("of 2020")
    (server / "greensupport.c").write_text(f"{{ {READS_MEMORY} }}")
    (folder / "setup.py").write_text(setup)
    return folder


def test_the_source_gets_the_installed_greenlet_and_a_version_that_tells_it(tmp_path: Path) -> None:
    repair(source(tmp_path))
    assert "PyGreenlet_GetParent" in (tmp_path / "meinheld/server/greenlet.h").read_text()
    assert "Py_XDECREF(parent);" in (tmp_path / "meinheld/server/greensupport.c").read_text()
    assert (tmp_path / "setup.py").read_text() == (
        """setup(version="1.0.2+greenlet", install_requires=['greenlet'])\n"""
    )


def test_another_source_is_refused_with_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(OtherSource, match=r"setup.py has 0 times 'version=\"1.0.2\"', not once"):
        repair(source(tmp_path, SETUP.replace("1.0.2", "1.0.3")))
