"""Everything that a report writes."""

import os
from pathlib import Path

from reports.figures import svg
from reports.page import Report, html, markdown
from reports.spreadsheet import spreadsheet


def write_report(report: Report, folder: Path) -> Path:
    """Write report.html, report.md and report.csv into *folder*; return the page's path."""
    replace(folder / "report.md", markdown(report))
    replace(folder / "report.csv", spreadsheet(report.page))
    return replace(folder / "report.html", html(report))


def replace(file: Path, content: str) -> Path:
    """Write *content* so that a reader sees the old file or the new one, never a part."""
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    part.write_text(content, encoding="utf-8")
    part.replace(file)
    return file


def write_figures(report: Report, folder: Path) -> list[Path]:
    """Write every picture as SVG and PNG in the colours of paper into *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for picture in report.pictures:
        figure, vector, raster = picture.drawing.figure, f"{picture.name}.svg", f"{picture.name}.png"
        written.append(replace(folder / vector, svg.on_paper(svg.inline(figure, picture.name))))
        svg.write_png(figure, folder / raster)
        written.append(folder / raster)
    return written
