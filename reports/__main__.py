"""`python -m reports RUN`: render a stored run again."""

import sys
from pathlib import Path

import click

from benchmarks.results.store import UnreadableError
from reports.page import render


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
def main(run: Path) -> None:
    """Render results/RUN/report.html from what is stored there."""
    try:
        html = render(run)
    except UnreadableError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(2)
    target = run / "report.html"
    target.write_text(html)
    click.echo(str(target))


if __name__ == "__main__":
    main(prog_name="python -m reports")
