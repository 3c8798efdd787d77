"""The command `component jobmanager`: run Flink's JobManager."""

import os

import click

from system.cli.components import single
from system.cli.components.single import SingleOptions
from system.processes.ports import refuse_ports_in_use
from system.runtime import components
from system.runtime.components import FlinkComponentOptions
from system.runtime.flink_config import CLUSTER_HEAP_MIB, Cluster, FlinkSettings, functions_url
from system.runtime.state import Addresses
from system.setup import installation

WEB_PORT, RPC_PORT, BLOB_PORT = 8081, 6123, 6124

port = click.IntRange(1, 65535)


@click.command()
@click.option("--web-port", type=port, default=WEB_PORT, show_default=True, help="Port of Flink's page.")
@click.option(
    "--rpc-port", type=port, default=RPC_PORT, show_default=True, help="Port on which TaskManagers register."
)
@click.option(
    "--blob-port", type=port, default=BLOB_PORT, show_default=True, help="Port on which they fetch files."
)
@single.advertise_option("the JobManager")
@single.address_option("kafka")
@single.address_option("functions")
@single.common_options
def jobmanager(
    common: SingleOptions,
    web_port: int,
    rpc_port: int,
    blob_port: int,
    advertise: str | None,
    kafka_at: str | None,
    functions_at: str | None,
) -> None:
    """Run the JobManager with the job, from the newest complete checkpoint in the data dir.

    Waits for the broker's topics and the functions. Prints `ready flink=http://HOST:PORT
    jobmanager=HOST:PORT` when it has the job; the job runs when a TaskManager has registered.
    """
    layout = common.layout
    cluster = Cluster(single.advertised_host(common.host, advertise), rpc_port, blob_port, common.host)
    kafka = single.find_address(layout, "kafka", kafka_at)
    functions = single.find_address(layout, "functions", functions_at)
    refuse_ports_in_use({"Flink's page": web_port, "the JobManager": rpc_port, "its files": blob_port})
    settings = FlinkSettings(
        layout,
        web_port,
        kafka,
        functions_url(functions),
        heap_mib=CLUSTER_HEAP_MIB,
        name=components.JOBMANAGER,
        cluster=cluster,
    )
    address = f"{cluster.host}:{rpc_port}"
    single.run(
        common,
        components.jobmanager(installation.find(os.environ), settings, FlinkComponentOptions()),
        (single.kafka_dependency(kafka), single.functions_dependency(functions)),
        Addresses(flink=settings.web, jobmanager=address),
        {"flink": settings.web, "jobmanager": address},
    )
