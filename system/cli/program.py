"""The program `python -m system`: its commands, and the exit code of each kind of error."""

from collections.abc import Sequence

import click

from system.catalogue import UnknownPart
from system.cli.accept_lost_log import accept_lost_log
from system.cli.components.endpoint import endpoint
from system.cli.components.functions import functions
from system.cli.components.jobmanager import jobmanager
from system.cli.components.kafka import kafka
from system.cli.components.taskmanager import taskmanager
from system.cli.down import down
from system.cli.status import status
from system.cli.up import up
from system.errors import EnvironmentUnfit
from system.runtime.endpoint_choice import CombinationRefused

FINE, WRONG_USAGE, UNFIT = 0, 2, 3


@click.group()
def program() -> None:
    """Run the system under test: an HTTP endpoint, Kafka, Flink and the functions.

    Exit codes: 0 success, 2 wrong usage, 3 this machine lacks what the command needs.
    """


@click.group()
def component() -> None:
    """Run a single component in the foreground, beside a running system or in a container.

    It waits for the components that it needs, prints a `ready` line, and restarts its process if that dies.
    SIGTERM or Ctrl-C stops it within 10 s.
    """


for command in (kafka, jobmanager, taskmanager, functions, endpoint):
    component.add_command(command)
for command in (up, down, status, component, accept_lost_log):
    program.add_command(command)


def main(arguments: Sequence[str]) -> int:
    """Run the command that *arguments* name and return the exit code; print an error as one line."""
    try:
        result = program.main(arguments, prog_name="python -m system", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.ClickException as error:
        return fail(error.format_message(), error.exit_code)
    except (UnknownPart, CombinationRefused) as error:
        return fail(str(error), WRONG_USAGE)
    except EnvironmentUnfit as error:
        return fail(str(error), UNFIT)
    except click.Abort:
        return fail("interrupted", UNFIT)
    return result if isinstance(result, int) else FINE


def fail(message: str, code: int) -> int:
    """Print *message* as one line and return *code*."""
    click.echo("error: " + " ".join(message.split()), err=True)
    return code
