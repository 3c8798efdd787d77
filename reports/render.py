"""One self-contained HTML page: styles, script and pictures inline, nothing fetched."""

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path

import jinja2
from markupsafe import Markup

from reports import commands, details, table
from reports.charts import svg
from reports.charts.catalogue import draw_all
from reports.charts.chart import Chart
from reports.formatting import Table
from reports.sample_summaries import SampleSummary, digest_all
from reports.spreadsheet import spreadsheet
from reports.view import Page, read

TEMPLATES = resources.files("reports") / "templates"


@dataclass(frozen=True)
class Report:
    """What HTML, Markdown and CSV are made of."""

    page: Page
    pictures: Sequence[Chart]
    unreadable: Sequence[str]
    """Files of samples that the pictures had to do without."""

    @cached_property
    def lines(self) -> list[table.TableLine]:
        """The decision table in words."""
        return table.lines(self.page)


def open_report(folder: Path) -> Report:
    """Read the run in *folder* and its samples, and draw its pictures."""
    page = read(folder)
    digests = digest_all(page, folder)
    return Report(page, draw_all(page, digests), missing(digests))


def missing(digests: Sequence[SampleSummary]) -> list[str]:
    """Return the files of samples that could not be read."""
    return [file for digest in digests for file in digest.unreadable]


def html(report: Report) -> str:
    """Return *report* as one page."""
    return template("report.html.j2").render(
        **content(report),
        css=Markup(text("report.css")),
        script=Markup(text("report.js")),
        switching=Markup(table.switching(report.page)),
        draw=lambda picture: Markup(svg.inline(picture.drawing.figure, picture.name)),
    )


def markdown(report: Report) -> str:
    """Return *report* in Markdown, without pictures."""
    return template("report.md.j2", finalize=without_tags).render(**content(report))


def content(report: Report) -> dict[str, object]:
    """Return what both templates say."""
    page = report.page
    return {
        "report": report,
        "page": page,
        "run": page.run,
        "valid_trials": len(page.trials) - len(page.invalid),
        "headings": [table.heading(metric) for metric in table.columns(page)],
        "borne_headings": table.borne_headings(page),
        "marks": table.MARKS,
        "details": details,
        "invalid": details.invalid(page.trials),
        "commands": commands,
        "decision": table,
        "table": markdown_table,
    }


def markdown_table(table: Table) -> str:
    """Return *table* in Markdown; no name ends its column."""
    rows = [table.heads, ["---"] * len(table.heads), *table.rows]
    return "\n".join(f"| {' | '.join(map(_cell, row))} |" for row in rows)


def _cell(words: str) -> str:
    return " ".join(words.split()).replace("\\", "\\\\").replace("|", "\\|")


def without_tags(words: object) -> object:
    """Return *words* with nothing in them that Markdown would take for HTML."""
    return re.sub(r"<(?=[a-zA-Z/!?])", "&lt;", words) if isinstance(words, str) else words


def template(name: str, finalize: Callable[[object], object] | None = None) -> jinja2.Template:
    """Return a template in which an unknown name is an error; it is HTML unless it has a *finalize*."""
    environment = jinja2.Environment(
        autoescape=finalize is None,
        finalize=finalize,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.from_string(text(name))


def text(name: str) -> str:
    """Return a file of the templates."""
    return (TEMPLATES / name).read_text()


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
