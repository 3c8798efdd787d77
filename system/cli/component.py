"""`component`: run one part of the system, alone."""

import click

from system.cli.components.endpoint import endpoint
from system.cli.components.functions import functions
from system.cli.components.jobmanager import jobmanager
from system.cli.components.kafka import kafka
from system.cli.components.taskmanager import taskmanager


@click.group()
def component() -> None:
    """Run one part of the system in the foreground: beside a running system, or in a container of its own.

    It waits for what it needs, prints a `ready` line, and starts its process again should that die. SIGTERM
    or Ctrl-C stops it within 10 s.
    """


for command in (kafka, jobmanager, taskmanager, functions, endpoint):
    component.add_command(command)
