"""One self-contained HTML page: styles, script and pictures inline, nothing fetched."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path

import jinja2
from markupsafe import Markup

from reports import behind, commands, decision
from reports.digests import Digest, digest_all
from reports.figures import svg
from reports.pictures.catalogue import draw_all
from reports.pictures.picture import Picture
from reports.tables import Table
from reports.view import Page, read

TEMPLATES = resources.files("reports") / "templates"


@dataclass(frozen=True)
class Report:
    """What HTML, Markdown and CSV are made of."""

    page: Page
    pictures: Sequence[Picture]
    unreadable: Sequence[str]
    """Files of samples that the pictures had to do without."""

    @cached_property
    def lines(self) -> list[decision.Line]:
        """The decision table in words."""
        return decision.lines(self.page)


def open_report(folder: Path) -> Report:
    """Read the run in *folder* and its samples, and draw its pictures."""
    page = read(folder)
    digests = digest_all(page, folder)
    return Report(page, draw_all(page, digests), missing(digests))


def missing(digests: Sequence[Digest]) -> list[str]:
    """Return the files of samples that could not be read."""
    return [file for digest in digests for file in digest.unreadable]


def html(report: Report) -> str:
    """Return *report* as one page."""
    return template("report.html.j2").render(
        **content(report),
        css=Markup(text("report.css")),
        script=Markup(text("report.js")),
        switching=Markup(decision.switching(report.page)),
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
        "headings": [decision.heading(metric) for metric in decision.columns(page)],
        "borne_headings": decision.borne_headings(page),
        "marks": decision.MARKS,
        "behind": behind,
        "invalid": behind.invalid(page.trials),
        "commands": commands,
        "decision": decision,
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
