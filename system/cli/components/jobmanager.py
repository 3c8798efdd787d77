"""`component jobmanager`: Flink's JobManager alone."""

import os
from typing import Any

import click

from system.cli.components import alone
from system.processes.ports import refuse_ports_in_use
from system.runtime import components
from system.runtime.components import FlinkProcess
from system.runtime.flink_config import APART_HEAP_MIB, Cluster, FlinkSettings, functions_url
from system.runtime.state import Addresses
from system.setup import installation

WEB_PORT, RPC_PORT, BLOB_PORT = 8081, 6123, 6124

port = click.IntRange(1, 65535)


@click.command()
@click.option("--web-port", type=port, default=WEB_PORT, show_default=True, help="Port of Flink's page.")
@click.option(
    "--rpc-port", type=port, default=RPC_PORT, show_default=True, help="Where TaskManagers meet it."
)
@click.option("--blob-port", type=port, default=BLOB_PORT, show_default=True, help="Where they get files.")
@alone.advertised("the JobManager")
@alone.address_of("kafka")
@alone.address_of("functions")
@alone.alone
def jobmanager(
    web_port: int,
    rpc_port: int,
    blob_port: int,
    advertise: str | None,
    kafka_at: str | None,
    functions_at: str | None,
    **told: Any,
) -> None:
    """Run the JobManager with the job, from the newest complete checkpoint in the data dir.

    Waits for the broker's topics and the functions. Prints `ready flink=http://HOST:PORT
    jobmanager=HOST:PORT` once it has the job, which runs when there is a TaskManager.
    """
    how = alone.Alone.read(**told)
    cluster = Cluster(alone.name_of(how.host, advertise), rpc_port, blob_port, how.host)
    kafka, functions = (
        alone.found(how.layout, "kafka", kafka_at),
        alone.found(how.layout, "functions", functions_at),
    )
    refuse_ports_in_use({"Flink's page": web_port, "the JobManager": rpc_port, "its files": blob_port})
    settings = FlinkSettings(
        how.layout,
        web_port,
        kafka,
        functions_url(functions),
        heap_mib=APART_HEAP_MIB,
        name=components.JOBMANAGER,
        cluster=cluster,
    )
    address = f"{cluster.host}:{rpc_port}"
    alone.run(
        how,
        components.jobmanager(installation.find(os.environ), settings, FlinkProcess()),
        (alone.needs_kafka(kafka), alone.needs_functions(functions)),
        Addresses(flink=settings.web, jobmanager=address),
        {"flink": settings.web, "jobmanager": address},
    )
