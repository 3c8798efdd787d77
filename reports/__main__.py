"""`python -m reports RUN` renders a stored run; `python -m reports index RESULTS` a page over all of them."""

import sys
from pathlib import Path

import click

from benchmarks.results.store.files import UnreadableError
from reports.index import landing_page
from reports.render import open_report, replace, write_figures, write_report

WRONG_USAGE = 2


class RunByDefault(click.Group):
    """A group in which whatever is no command is the run to render."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `render` before arguments that name no command."""
        known = {*self.commands, *ctx.help_option_names}
        return super().parse_args(ctx, args if args and args[0] in known else ["render", *args])


@click.group(cls=RunByDefault, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Render what runs have stored: `python -m reports RUN` is short for `render RUN`."""


@cli.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--figures", type=click.Path(path_type=Path), help="Write every picture as PNG and SVG there.")
def render(run: Path, figures: Path | None) -> None:
    """Write report.html, report.md and report.csv of RUN from what is stored there."""
    report = open_report(run)
    click.echo(str(write_report(report, run)))
    if figures is not None:  # last: a PNG takes the figures' colours
        write_figures(report, figures)


@cli.command()
@click.argument("results", type=click.Path(path_type=Path))
def index(results: Path) -> None:
    """Write RESULTS/index.html: every run, and each profile's history across commits."""
    click.echo(str(replace(results / "index.html", landing_page(results))))


def main() -> None:
    """Run the command line; an error is one line and exit code 2."""
    try:
        sys.exit(cli.main(prog_name="python -m reports", standalone_mode=False))
    except click.ClickException as error:
        refuse(error.format_message())
    except (UnreadableError, OSError) as error:
        refuse(str(error))


def refuse(message: str) -> None:
    """Print *message* in one line and exit."""
    click.echo(f"error: {' '.join(message.split())}", err=True)
    sys.exit(WRONG_USAGE)


if __name__ == "__main__":
    main()
