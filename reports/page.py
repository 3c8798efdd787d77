"""One self-contained HTML page: styles and pictures inline, nothing fetched."""

from importlib import resources
from pathlib import Path

import jinja2

from benchmarks.results.schema import Run
from reports.pictures import draw_all
from reports.view import Page, read


def render(folder: Path) -> str:
    """Return the page of the run stored in *folder*."""
    page = read(folder)
    templates = resources.files("reports") / "templates"
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    template = environment.from_string((templates / "report.html.j2").read_text())
    return template.render(
        page=page,
        css=(templates / "report.css").read_text(),
        pictures=draw_all(page, folder),
        environment=environment_rows(page.run),
        valid_trials=count_valid(page),
    )


def count_valid(page: Page) -> int:
    """Return how many of the page's trials are valid."""
    return sum(trial.valid for trial in page.trials)


def environment_rows(run: Run) -> list[tuple[str, str]]:
    """Return name and value of each line about where the run was made."""
    found = run.environment
    commit = f"{found.commit or 'unknown'}{' with uncommitted changes' if found.dirty else ''}"
    machine = f"{found.cores} cores of {found.cpu_model}, {found.memory_mib} MiB"
    rows = [
        ("commit", commit),
        ("machine", machine),
        ("operating system", f"{found.operating_system}, kernel {found.kernel}"),
        ("Python", found.python),
        ("Java", found.java),
        ("seed of the order and the load", str(run.seed)),
    ]
    return rows + sorted(found.versions.items())
