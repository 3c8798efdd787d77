"""Carries a `Serving` to a launcher of ours and back: one command line for all of them."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import fields

from system.servers.protocol import Serving


def command(module: str, serving: Serving, *more: str) -> Sequence[str]:
    """Return the command that runs the launcher *module* for *serving*, with *more* arguments before it."""
    options = (f"--{field.name}={getattr(serving, field.name)}" for field in fields(serving))
    return (sys.executable, "-m", module, *more, *options)


def parser(module: str) -> argparse.ArgumentParser:
    """Return a parser of what `command` writes, to which a launcher adds its own arguments."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}")
    for field in fields(Serving):
        kind = int if field.type is int else str
        parser.add_argument(f"--{field.name}", type=kind, required=True)
    return parser


def serving(arguments: argparse.Namespace) -> Serving:
    """Return the `Serving` that *arguments* carry."""
    return Serving(**{field.name: getattr(arguments, field.name) for field in fields(Serving)})
