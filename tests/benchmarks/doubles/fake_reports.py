"""Stands in for `python -m reports`."""

import sys
from pathlib import Path

name = "index.html" if "index" in sys.argv[1:] else "report.html"
(Path(sys.argv[-1]) / name).write_text("<p>a report</p>")
