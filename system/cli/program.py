"""The program as a whole: its commands, and how an error ends it."""

from collections.abc import Sequence

import click

from system.catalogue import UnknownPart
from system.cli.component import component
from system.cli.down import down
from system.cli.status import status
from system.cli.up import up
from system.errors import Unfit
from system.runtime.choice import CombinationRefused

FINE, WRONG_USAGE, UNFIT = 0, 2, 3


@click.group()
def program() -> None:
    """Run the system under test: an HTTP endpoint, Kafka, Flink, and the functions behind it.

    Exit codes: 0 fine, 2 wrong usage, 3 this machine is unfit for what was asked.
    """


for command in (up, down, status, component):
    program.add_command(command)


def main(arguments: Sequence[str]) -> int:
    """Run the command that *arguments* name; return the exit code, and say an error in one line."""
    try:
        result = program.main(arguments, prog_name="python -m system", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.ClickException as error:
        return refuse(error.format_message(), error.exit_code)
    except (UnknownPart, CombinationRefused) as error:
        return refuse(str(error), WRONG_USAGE)
    except Unfit as error:
        return refuse(str(error), UNFIT)
    except click.Abort:
        return refuse("interrupted", UNFIT)
    return result if isinstance(result, int) else FINE


def refuse(message: str, code: int) -> int:
    """Print why the program ends, in one line, and return *code*."""
    click.echo("error: " + " ".join(message.split()), err=True)
    return code
