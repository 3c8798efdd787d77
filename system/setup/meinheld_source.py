"""Repairs meinheld's source, so that its greenlets work with one that this Python can compile.

As it comes it reads the memory of a greenlet of 2020, laid out differently from today's.
"""

import shutil
from importlib.metadata import distribution
from pathlib import Path

from system.servers.meinheld import BUILD

READS_MEMORY = "return (PyObject *)PyGreenlet_GET_PARENT((PyGreenlet *)g);"
CALLS = """PyObject *parent = (PyObject *)PyGreenlet_GET_PARENT((PyGreenlet *)g);
  Py_XDECREF(parent); /* borrowed, as all callers expect */
  return parent;"""


class OtherSource(Exception):
    """The source is not the one that the repair is for; the message says what it lacks."""


def repair(source: Path) -> None:
    """Change the unpacked *source* to use the installed greenlet, and mark its version."""
    header = distribution("greenlet").locate_file("greenlet/greenlet.h")
    shutil.copyfile(str(header), source / "meinheld/server/greenlet.h")
    _replace(source / "meinheld/server/greensupport.c", READS_MEMORY, CALLS)
    _replace(source / "setup.py", 'version="1.0.2"', f'version="1.0.2{BUILD}"')
    _replace(source / "setup.py", "'greenlet>=0.4.5,<0.5'", "'greenlet'")


def _replace(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    if text.count(old) != 1:
        raise OtherSource(f"{file.name} has {text.count(old)} times {old!r}, not once")
    file.write_text(text.replace(old, new))
