"""Stands in for `python -m reports`."""

import sys
from pathlib import Path

(Path(sys.argv[-1]) / "report.html").write_text("<p>a report</p>")
