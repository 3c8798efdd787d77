"""`python -m reports RUN` renders a stored run; `python -m reports index RESULTS` lists all stored runs."""

import sys
from pathlib import Path

import click

from benchmarks.results.store.files import UnreadableError
from reports.index import index_page
from reports.render import open_report, replace, write_figures, write_report

WRONG_USAGE = 2


class RunByDefault(click.Group):
    """A command group in which the first argument is a run to render, unless it is a command."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Insert `render` before arguments that do not begin with a command."""
        known = {*self.commands, *ctx.help_option_names}
        return super().parse_args(ctx, args if args and args[0] in known else ["render", *args])


@click.group(cls=RunByDefault, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Render stored runs: `python -m reports RUN` is short for `python -m reports render RUN`."""


@cli.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--figures",
    type=click.Path(path_type=Path),
    help="Folder in which every chart is written as PNG and SVG.",
)
def render(run: Path, figures: Path | None) -> None:
    """Write report.html, report.md and report.csv into RUN, the folder of a stored run."""
    report = open_report(run)
    click.echo(str(write_report(report, run)))
    if figures is not None:  # last, since write_png replaces the colours of the figures
        write_figures(report, figures)


@cli.command()
@click.argument("results", type=click.Path(path_type=Path))
def index(results: Path) -> None:
    """Write RESULTS/index.html: every run, and the history of each profile across commits."""
    click.echo(str(replace(results / "index.html", index_page(results))))


def main() -> None:
    """Run the command line; an error prints one line and exits with code 2."""
    try:
        sys.exit(cli.main(prog_name="python -m reports", standalone_mode=False))
    except click.ClickException as error:
        refuse(error.format_message())
    except (UnreadableError, OSError) as error:
        refuse(str(error))


def refuse(message: str) -> None:
    """Print *message* as one line and exit with code 2."""
    click.echo(f"error: {' '.join(message.split())}", err=True)
    sys.exit(WRONG_USAGE)


if __name__ == "__main__":
    main()
