"""`python -m loadtests`; an error is one line."""

import sys

import click

from loadtests.cli import main

try:
    sys.exit(main(prog_name="python -m loadtests", standalone_mode=False))
except click.exceptions.NoArgsIsHelpError as error:
    error.show()
    sys.exit(error.exit_code)
except click.ClickException as error:
    click.echo(f"error: {' '.join(error.format_message().split())}", err=True)
    sys.exit(error.exit_code)
except click.Abort:
    sys.exit(130)
