"""Command line of the launchers: a `Serving` as options, and parsed again."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import fields

from system.servers.protocol import Serving


def command(module: str, serving: Serving, *arguments: str) -> Sequence[str]:
    """Return the command that runs the launcher *module* for *serving*; *arguments* come first."""
    options = (f"--{field.name}={getattr(serving, field.name)}" for field in fields(serving))
    return (sys.executable, "-m", module, *arguments, *options)


def parser(module: str) -> argparse.ArgumentParser:
    """Return a parser for the options of `command`; a launcher can add its own arguments."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}")
    for field in fields(Serving):
        kind = int if field.type is int else str
        parser.add_argument(f"--{field.name}", type=kind, required=True)
    return parser


def serving(arguments: argparse.Namespace) -> Serving:
    """Return the `Serving` in *arguments*."""
    return Serving(**{field.name: getattr(arguments, field.name) for field in fields(Serving)})
