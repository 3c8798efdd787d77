"""`python -m benchmarks`: its commands; errors become one line and an exit code here, and only here."""

import signal
import sys
from types import FrameType

import click

from benchmarks.cli.compare import compare
from benchmarks.cli.cost import cost
from benchmarks.cli.listing import doctor, listing
from benchmarks.cli.run import RefusedError, run
from benchmarks.cli.samples import samples
from benchmarks.cli.simulate import simulate
from benchmarks.cli.stored import report, schema, validate
from benchmarks.profile import ProfileError
from benchmarks.results.store.files import UnreadableError
from benchmarks.run_context import Dependencies
from benchmarks.run_document import UnfitError
from benchmarks.subprocesses import STOPPING, SubprocessError
from system.catalogue import UnknownPart

INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Measure the user service under its servers and Kafka clients, and compare them."""


cli.add_command(run)
cli.add_command(listing)
cli.add_command(doctor)
cli.add_command(report)
cli.add_command(validate)
cli.add_command(compare)
cli.add_command(cost)
cli.add_command(samples)
cli.add_command(schema)
cli.add_command(simulate)


def main(dependencies: Dependencies | None = None) -> None:
    """Run the command line and exit with 0 fine, 1 verdict failed, 2 wrong usage, 3 unfit environment."""
    for number in STOPPING:
        signal.signal(number, _interrupt)
    try:
        code = cli.main(standalone_mode=False, obj=dependencies or Dependencies())
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        code = error.exit_code
    except click.ClickException as error:
        code = _refuse(error.format_message(), error.exit_code)
    except (ProfileError, UnknownPart, UnreadableError, RefusedError) as error:
        code = _refuse(str(error), 2)
    except UnfitError as error:
        code = _refuse(str(error), error.exit_code)
    except SubprocessError as error:
        code = _refuse(str(error), error.exit_code or 3)
    except (KeyboardInterrupt, click.Abort):
        code = INTERRUPTED
    sys.exit(code or 0)


def _refuse(message: str, code: int) -> int:
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    return code


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """Start to stop, once: a second Ctrl-C must not leave processes running."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)
    print("stopping, which takes at most 30 s", file=sys.stderr)
    raise KeyboardInterrupt
