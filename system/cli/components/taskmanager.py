"""`component taskmanager`: one of Flink's TaskManagers alone."""

import os
import socket
from typing import Any

import click

from system.cli.components import alone
from system.runtime import components
from system.runtime.components import FlinkProcess
from system.runtime.flink_config import APART_HEAP_MIB, Cluster, FlinkSettings, functions_url
from system.runtime.layout import Layout
from system.runtime.state import Addresses
from system.setup import installation


@click.command()
@alone.address_of("jobmanager")
@alone.address_of("flink")
@alone.address_of("kafka")
@alone.address_of("functions")
@alone.alone
def taskmanager(
    jobmanager_at: str | None,
    flink_at: str | None,
    kafka_at: str | None,
    functions_at: str | None,
    **told: Any,
) -> None:
    """Run a TaskManager: the job spreads over all that there are, and goes on with those that are left.

    Waits for the JobManager. Prints `ready taskmanager=NAME` once the job runs with it.
    """
    how = alone.Alone.read(**told)
    layout = how.layout
    settings = FlinkSettings(
        layout,
        port=_port(alone.found(layout, "flink", flink_at)),
        kafka=alone.found(layout, "kafka", kafka_at),
        functions=functions_url(alone.found(layout, "functions", functions_at)),
        heap_mib=APART_HEAP_MIB,
        name=f"{components.TASKMANAGER}-{socket.gethostname()}-{os.getpid()}",
        cluster=_cluster(layout, jobmanager_at, how.host),
    )
    part = components.taskmanager(installation.find(os.environ), settings, FlinkProcess())
    alone.run(how, part, (alone.needs_jobmanager(settings),), Addresses(), {"taskmanager": settings.name})


def _cluster(layout: Layout, jobmanager_at: str | None, bind_host: str) -> Cluster:
    at = alone.found(layout, "jobmanager", jobmanager_at)
    return Cluster(at.rpartition(":")[0], _port(at), 0, bind_host)


def _port(address: str) -> int:
    return int(address.rpartition(":")[2])
