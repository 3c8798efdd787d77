"""The command `component taskmanager`: run one of Flink's TaskManagers."""

import os
import socket

import click

from system.cli.components import single
from system.cli.components.single import SingleOptions
from system.runtime import components
from system.runtime.components import FlinkComponentOptions
from system.runtime.flink_config import CLUSTER_HEAP_MIB, Cluster, FlinkSettings, functions_url
from system.runtime.state import Addresses
from system.setup import installation


@click.command()
@single.address_option("jobmanager")
@single.address_option("flink")
@single.address_option("kafka")
@single.address_option("functions")
@single.common_options
def taskmanager(
    common: SingleOptions,
    jobmanager_at: str | None,
    flink_at: str | None,
    kafka_at: str | None,
    functions_at: str | None,
) -> None:
    """Run a TaskManager. The job spreads over all TaskManagers, and continues on the others if one ends.

    Waits for the JobManager. Prints `ready taskmanager=NAME` when the job runs with it.
    """
    layout = common.layout
    host, rpc_port = _split(single.find_address(layout, "jobmanager", jobmanager_at))
    _, web_port = _split(single.find_address(layout, "flink", flink_at))
    settings = FlinkSettings(
        layout,
        web_port,
        kafka=single.find_address(layout, "kafka", kafka_at),
        functions=functions_url(single.find_address(layout, "functions", functions_at)),
        heap_mib=CLUSTER_HEAP_MIB,
        name=f"{components.TASKMANAGER}-{socket.gethostname()}-{os.getpid()}",
        cluster=Cluster(host, rpc_port, 0, common.host),
    )
    component = components.taskmanager(installation.find(os.environ), settings, FlinkComponentOptions())
    dependencies = (single.jobmanager_dependency(settings),)
    single.run(common, component, dependencies, Addresses(), {"taskmanager": settings.name})


def _split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host, int(port)
