"""The command `component functions`: run the functions' HTTP server."""

import click

from system.cli.components import single
from system.cli.components.single import SingleOptions
from system.processes.ports import refuse_ports_in_use
from system.runtime import components
from system.runtime.components import FunctionsSettings
from system.runtime.state import Addresses

PORT = 8000


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=PORT, show_default=True)
@click.option("--app", metavar="MODULE:APP", help="Serve this ASGI application instead of ours.")
@single.common_options
def functions(common: SingleOptions, port: int, app: str | None) -> None:
    """Run the functions' server. It is stateless: several can share one host name.

    Prints `ready functions=http://HOST:PORT` when it answers.
    """
    refuse_ports_in_use({"functions": port})
    settings = FunctionsSettings(port, common.layout.logs / "functions.log", common.host, app)
    server = components.functions(settings, single.STOP_WITHIN_S)
    address = f"{common.host}:{port}"
    single.run(common, server, (), Addresses(functions=address), {"functions": f"http://{address}"})
