"""Command `python -m system.functions`: the HTTP server of the functions, in one process."""

import click
import uvicorn

KEEP_ALIVE_S = 120
"""Longer than Flink keeps an idle connection, which it could otherwise use just as it is closed here."""


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), required=True, help="Where Flink calls the functions.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--app", default="system.functions.server:app", show_default=True, metavar="MODULE:APP")
def main(port: int, host: str, app: str) -> None:
    """Serve the functions until SIGTERM or Ctrl-C."""
    uvicorn.run(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=5,
    )


if __name__ == "__main__":
    main()
