"""The golden files; `python -m tests.reports.golden` writes them again, to be reviewed as a diff."""

import re
import tempfile
from pathlib import Path

from reports.render import html, markdown, open_report
from reports.report_csv import report_csv
from tests.reports import made_up_run

FOLDER = Path(__file__).parent / "golden"
RATES = {"seed-2020": 40.0, "granian x confluent-kafka": 400.0, "gunicorn-gthread x kafka-python": 380.0}


def rendered(folder: Path) -> dict[str, str]:
    """Return name of the golden file -> its content, rendered from a small run in *folder*."""
    report = open_report(made_up_run.write(folder, RATES))
    return {
        "report.html": without_inlined(html(report)),
        "report.md": markdown(report),
        "report.csv": shortened(report_csv(report.summary)),
    }


def without_inlined(page: str) -> str:
    """Return *page* without charts, style and script, which have tests or files of their own."""
    page = re.sub(r"<svg.*?</svg>", "<svg></svg>", page, flags=re.DOTALL)
    page = re.sub(r"<style>.*?</style>", "<style></style>", page, flags=re.DOTALL)
    return re.sub(r"<script>.*?</script>", "<script></script>", page, flags=re.DOTALL)


def shortened(table: str) -> str:
    """Return *table* with nine digits per number, since the last ones differ between processors."""
    return re.sub(r"\d+\.\d+(e-?\d+)?", lambda found: f"{float(found[0]):.9g}", table)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        for name, content in rendered(Path(temporary)).items():
            (FOLDER / name).write_text(content)
