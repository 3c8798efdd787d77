"""An HTTP server that takes a fixed time for each request and freezes at regular intervals.

`python -m loadtests.freezing_server --cycle S --frozen S --takes S` prints `ready http://127.0.0.1:PORT` and
serves until SIGTERM. It answers as `loadtests.null_server` does.
"""

import time
from collections.abc import Callable

import click
from gevent import socket
from gevent.server import StreamServer

from loadtests.generator.timer import Timer
from loadtests.measurement.units import NS_PER_S
from loadtests.null_server import ADDRESS, ANSWER, END_OF_REQUEST

RECEIVE_AT_MOST = 65_536


def answer_ns(ready_ns: int, start_ns: int, cycle_ns: int, frozen_ns: int) -> int:
    """Return when an answer that is ready at *ready_ns* is sent: if it is during a freeze, at its end."""
    into_ns = (ready_ns - start_ns) % cycle_ns
    return ready_ns if into_ns < cycle_ns - frozen_ns else ready_ns + cycle_ns - into_ns


def connection_handler(
    takes_ns: int, cycle_ns: int, frozen_ns: int
) -> Callable[[socket.socket, object], None]:
    """Return the function that serves one connection; the first cycle starts now."""
    start_ns = time.monotonic_ns()

    def handle(connection: socket.socket, _client: object) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        incomplete = b""
        with Timer() as timer:  # gevent's own timers round up to whole milliseconds
            while data := connection.recv(RECEIVE_AT_MOST):
                *complete, incomplete = (incomplete + data).split(END_OF_REQUEST)
                for _ in complete:
                    ready_ns = time.monotonic_ns() + takes_ns
                    timer.sleep_until(answer_ns(ready_ns, start_ns, cycle_ns, frozen_ns))
                    connection.sendall(ANSWER)

    return handle


@click.command()
@click.option("--cycle", type=float, required=True, help="Seconds from one freeze to the next.")
@click.option("--frozen", type=float, required=True, help="Seconds of a freeze, at the end of each cycle.")
@click.option("--takes", type=float, required=True, help="Seconds that each request takes.")
def main(cycle: float, frozen: float, takes: float) -> None:
    """Serve on a free port of this machine."""
    takes_ns, cycle_ns, frozen_ns = (int(seconds * NS_PER_S) for seconds in (takes, cycle, frozen))
    server = StreamServer((ADDRESS, 0), connection_handler(takes_ns, cycle_ns, frozen_ns), backlog=1024)
    server.start()
    print(f"ready http://{ADDRESS}:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
