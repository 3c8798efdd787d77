"""What a Python child needs in its environment."""

import os
from pathlib import Path

import system

ROOT = Path(system.__file__).parent.parent


def environment() -> dict[str, str]:
    """Return the environment in which a child finds our packages, wherever it is started.

    Its output is written at once, so that a log ends with what was said last.
    """
    known = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": os.pathsep.join([str(ROOT), *([known] if known else [])]), "PYTHONUNBUFFERED": "1"}
