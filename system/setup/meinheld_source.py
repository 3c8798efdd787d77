"""Patches meinheld's source, so that it works with a greenlet that compiles on this Python.

The published source reads the memory of a greenlet of 2020, whose layout differs from today's. It also leaves
an exception set when it refuses an `Upgrade` or a `CONNECT`; the next request, of another client, then fails.
"""

import shutil
from importlib.metadata import distribution
from pathlib import Path

from system.servers.meinheld import BUILD

READS_MEMORY = "return (PyObject *)PyGreenlet_GET_PARENT((PyGreenlet *)g);"
CALLS = """PyObject *parent = (PyObject *)PyGreenlet_GET_PARENT((PyGreenlet *)g);
  Py_XDECREF(parent); /* borrowed, as all callers expect */
  return parent;"""

UPGRADES = "if (parse_new_protocol(req, buf, r, nread) == -1) {"
CLEARS = f"{UPGRADES}\n      PyErr_Clear();"


class UnexpectedSource(Exception):
    """The source is not the one that the patch is for; the message names the text that is missing."""


def patch(source: Path) -> None:
    """Change the unpacked *source* to use the installed greenlet, and mark its version number."""
    header = distribution("greenlet").locate_file("greenlet/greenlet.h")
    shutil.copyfile(str(header), source / "meinheld/server/greenlet.h")
    _replace(source / "meinheld/server/greensupport.c", READS_MEMORY, CALLS)
    _replace(source / "meinheld/server/server.c", UPGRADES, CLEARS)
    _replace(source / "setup.py", 'version="1.0.2"', f'version="1.0.2{BUILD}"')
    _replace(source / "setup.py", "'greenlet>=0.4.5,<0.5'", "'greenlet'")


def _replace(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    if text.count(old) != 1:
        raise UnexpectedSource(f"{file.name} has {text.count(old)} times {old!r}, not once")
    file.write_text(text.replace(old, new))
