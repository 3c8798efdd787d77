"""The golden files: `python -m tests.reports.golden` writes them anew, for you to look at the difference."""

import re
import tempfile
from pathlib import Path

from reports.render import html, markdown, open_report
from reports.spreadsheet import spreadsheet
from tests.reports import made_up_run

FOLDER = Path(__file__).parent / "golden"
RATES = {"seed-2020": 40.0, "granian x confluent-kafka": 400.0, "gunicorn-gthread x kafka-python": 380.0}


def rendered(folder: Path) -> dict[str, str]:
    """Return what a small run made in *folder* renders to, by the name of its golden file."""
    report = open_report(made_up_run.write(folder, RATES))
    return {
        "report.html": without_inlined(html(report)),
        "report.md": markdown(report),
        "report.csv": shortened(spreadsheet(report.page)),
    }


def without_inlined(page: str) -> str:
    """Return *page* without what has a test or a file of its own: pictures, style, script."""
    page = re.sub(r"<svg.*?</svg>", "<svg></svg>", page, flags=re.DOTALL)
    page = re.sub(r"<style>.*?</style>", "<style></style>", page, flags=re.DOTALL)
    return re.sub(r"<script>.*?</script>", "<script></script>", page, flags=re.DOTALL)


def shortened(table: str) -> str:
    """Return *table* with nine digits a number: the last ones differ between processors."""
    return re.sub(r"\d+\.\d+(e-?\d+)?", lambda found: f"{float(found[0]):.9g}", table)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        for name, content in rendered(Path(temporary)).items():
            (FOLDER / name).write_text(content)
