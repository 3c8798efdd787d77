"""The report of a run as one self-contained HTML page, as Markdown, as CSV, and its charts as image files."""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import jinja2
from markupsafe import Markup

from reports import commands, decision_table, run_details
from reports.against import version_section
from reports.charts import svg
from reports.charts.catalogue import draw_charts
from reports.charts.chart import Chart
from reports.formatting import Table
from reports.headline import headline
from reports.missing_p99 import p99_notes
from reports.more_figures import more_figures
from reports.report_csv import report_csv
from reports.response_loads import common_load, exceptions
from reports.run_summary import RunSummary, read_summary
from reports.sample_summaries import SampleSummary, summarise_samples

TEMPLATES = resources.files("reports") / "templates"


@dataclass(frozen=True)
class Report:
    """The content of HTML, Markdown and CSV."""

    summary: RunSummary
    charts: Mapping[str, Chart]
    unreadable: Sequence[str]
    """Sample files that are missing or damaged."""


def open_report(folder: Path) -> Report:
    """Read the run in *folder* and its samples, and draw its charts."""
    summary = read_summary(folder)
    samples = summarise_samples(summary, folder)
    return Report(summary, draw_charts(summary, samples), unreadable_files(samples))


def unreadable_files(samples: Sequence[SampleSummary]) -> list[str]:
    """Return the sample files that could not be read."""
    return [file for cell in samples for file in cell.unreadable]


def write_report(report: Report, folder: Path) -> Path:
    """Write report.html, report.md and report.csv into *folder*; return the path of the HTML page.

    A run of two versions has a summary too, against.md.
    """
    replace(folder / "report.md", markdown(report))
    replace(folder / "report.csv", report_csv(report.summary))
    if report.summary.run.against:
        replace(folder / "against.md", against_markdown(report))
    return replace(folder / "report.html", html(report))


def html(report: Report) -> str:
    """Return *report* as one HTML page."""
    return template("report.html.j2").render(
        **content(report),
        css=Markup(text("report.css")),
        script=Markup(text("report.js")),
        comparisons=Markup(decision_table.comparisons_json(report.summary)),
        inline_svg=lambda name, chart: Markup(svg.inline(chart.figure, name)),
    )


def markdown(report: Report) -> str:
    """Return *report* in Markdown, without images."""
    return template("report.md.j2", finalize=without_tags).render(
        **content(report),
        decision_table=decision_table.markdown_columns(report.summary),
        table=markdown_table,
    )


def against_markdown(report: Report) -> str:
    """Return the comparison of two versions as a summary for a pull request."""
    return template("against.md.j2", finalize=without_tags).render(**content(report), table=markdown_table)


def content(report: Report) -> dict[str, object]:
    """Return the variables of the templates."""
    summary = report.summary
    version = version_section(summary.run, summary.trials)
    ranked = headline(summary.run, summary.metric, summary.analysis.ranking)
    return {
        "version": version,
        "report": report,
        "summary": summary,
        "run": summary.run,
        "headline": version.headline if version else ranked,
        "valid_trials": len(summary.trials) - len(summary.invalid),
        "rows": decision_table.table_rows(summary),
        "headings": [
            decision_table.heading(summary, metric) for metric in decision_table.table_metrics(summary)
        ],
        "capacity_headings": decision_table.capacity_headings(summary),
        "marks": decision_table.MARKS,
        "details": run_details,
        "invalid_trials": run_details.invalid_trials(summary.trials),
        "commands": commands,
        "p99_notes": list(p99_notes(summary.trials, [row.cell.name for row in summary.rows])),
        "open_load": common_load(summary),
        "exceptions": exceptions(summary),
        "more_figures": more_figures(summary),
    }


def markdown_table(table: Table) -> str:
    """Return *table* in Markdown; a `|` in a name is escaped."""
    rows = [table.heads, ["---"] * len(table.heads), *table.rows]
    return "\n".join(f"| {' | '.join(map(_markdown_cell, row))} |" for row in rows)


def _markdown_cell(words: str) -> str:
    return " ".join(words.split()).replace("\\", "\\\\").replace("|", "\\|")


def without_tags(words: object) -> object:
    """Return *words* with every `<` escaped that would begin an HTML tag in Markdown."""
    return re.sub(r"<(?=[a-zA-Z/!?])", "&lt;", words) if isinstance(words, str) else words


def template(name: str, finalize: Callable[[object], object] | None = None) -> jinja2.Template:
    """Return a template in which an unknown name is an error; without *finalize* it escapes HTML."""
    environment = jinja2.Environment(
        autoescape=finalize is None,
        finalize=finalize,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.from_string(text(name))


def text(name: str) -> str:
    """Return the content of a file in `templates/`."""
    return (TEMPLATES / name).read_text()


def replace(file: Path, content: str) -> Path:
    """Write *content* into *file* atomically; a reader sees the old file or the new one."""
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    part.write_text(content, encoding="utf-8")
    part.replace(file)
    return file


def write_figures(report: Report, folder: Path) -> list[Path]:
    """Write every chart as SVG and PNG with fixed colours into *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, chart in report.charts.items():
        vector, raster = folder / f"{name}.svg", folder / f"{name}.png"
        written.append(replace(vector, svg.on_paper(svg.inline(chart.figure, name))))
        svg.write_png(chart.figure, raster)
        written.append(raster)
    return written
