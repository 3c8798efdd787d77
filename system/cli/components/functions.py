"""`component functions`: the functions' HTTP server alone."""

from typing import Any

import click

from system.cli.components import alone
from system.processes.ports import refuse_ports_in_use
from system.runtime import components
from system.runtime.components import FunctionsSettings
from system.runtime.state import Addresses

PORT = 8000


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=PORT, show_default=True)
@click.option("--app", metavar="MODULE:APP", help="Serve this ASGI application instead of ours.")
@alone.alone
def functions(port: int, app: str | None, **told: Any) -> None:
    """Run the functions' server; several can stand behind one name, since they keep nothing.

    Prints `ready functions=http://HOST:PORT` once it answers.
    """
    how = alone.Alone.read(**told)
    refuse_ports_in_use({"functions": port})
    settings = FunctionsSettings(port, how.layout.logs / "functions.log", how.host, app)
    part = components.functions(settings, alone.STOP_WITHIN_S)
    address = f"{how.host}:{port}"
    alone.run(how, part, (), Addresses(functions=address), {"functions": f"http://{address}"})
