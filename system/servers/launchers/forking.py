"""Runs a server that has no command of its own: forks workers, replaces the killed, stops them in order.

A worker that ends by itself, because its application could not be built or its server gave up, ends all.
"""

import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

from system.servers.launchers import command_line
from system.servers.launchers.application import CANNOT_SERVE, Application, attribute, build
from system.servers.protocol import BACKLOG, GRACE_S, Launch, Serving

WATCHED = {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD}
KILL_AFTER_S = GRACE_S + 1
"""How long a worker may take to stop: its own grace, and a second to notice its end."""
SETTLED_AFTER_S = 1.0
"""A worker killed sooner than this after its start is replaced only then: no storm of forks."""


@dataclass(frozen=True)
class Listening:
    """Where one worker listens, and with how many threads."""

    host: str
    port: int
    threads: int

    def socket(self) -> socket.socket:
        """Open a listening socket that the other workers' sockets share the port with."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind((self.host, self.port))
        listener.listen(BACKLOG)
        return listener


Serve = Callable[[Application, Listening], None]
"""Serves one worker's requests until its stop signal."""


def forked(serve: str, stop: signal.Signals, serving: Serving) -> Launch:
    """Return how to start workers that each call *serve*, `module:function`, and stop on *stop*."""
    return Launch(command_line.command("system.servers.launchers.forking", serving, serve, stop.name))


def _nothing() -> None: ...


def run(
    worker: Callable[[], None], processes: int, stop: signal.Signals, at_stop: Callable[[], None] = _nothing
) -> int:
    """Keep *processes* forks of *worker* running until a signal or a failure; return the exit status.

    To stop, *at_stop* is called and every worker gets the signal *stop*.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
    workers = {_fork(worker): time.monotonic() for _ in range(processes)}
    failed = _keep(workers, worker)
    at_stop()
    _stop(workers, stop)
    return CANNOT_SERVE if failed else 0


def _fork(worker: Callable[[], None]) -> int:
    pid = os.fork()
    if pid == 0:
        _work(worker)
    return pid


def _work(worker: Callable[[], None]) -> NoReturn:
    """Run *worker* in the child and end it; its application may have left something to do at its exit."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED)
    try:
        worker()
    except KeyboardInterrupt:
        sys.exit(0)
    except Exception:  # noqa: BLE001 - the edge of a process: told, and the status says so
        traceback.print_exc()
        sys.exit(CANNOT_SERVE)
    sys.exit(0)


def _keep(workers: dict[int, float], worker: Callable[[], None]) -> bool:
    """Replace killed workers until a signal comes; tell whether it was a worker's own end instead."""
    while signal.sigwait(WATCHED) == signal.SIGCHLD:
        for pid, status in _ended():
            started_s = workers.pop(pid)
            if os.WIFEXITED(status):
                print(f"worker {pid} stopped serving (status {os.WEXITSTATUS(status)})", file=sys.stderr)
                return True
            print(f"worker {pid} was killed by signal {os.WTERMSIG(status)}; replaced", file=sys.stderr)
            time.sleep(max(0.0, started_s + SETTLED_AFTER_S - time.monotonic()))
            workers[_fork(worker)] = time.monotonic()
    return False


def _ended() -> Iterator[tuple[int, int]]:
    """Yield the pid and wait status of every child that has ended."""
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            yield ended


def _stop(workers: dict[int, float], stop: signal.Signals) -> None:
    """Ask every worker to stop; kill those that have not by the deadline."""
    _send(workers, stop)
    deadline_s = time.monotonic() + KILL_AFTER_S
    while workers and (left_s := deadline_s - time.monotonic()) > 0:
        _forget_ended(workers)
        if workers:
            signal.sigtimedwait({signal.SIGCHLD}, left_s)
    _send(workers, signal.SIGKILL)
    for pid in workers:
        os.waitpid(pid, 0)


def _send(workers: dict[int, float], what: signal.Signals) -> None:
    for pid in workers:
        os.kill(pid, what)


def _forget_ended(workers: dict[int, float]) -> None:
    for pid, _status in _ended():
        workers.pop(pid, None)


def _refuse_taken(host: str, port: int) -> None:
    """End here where *port* is taken: the workers' shared sockets would join another server's unnoticed."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            sys.exit(f"{host}:{port} cannot be listened on ({error.strerror}); choose a free port")


def main() -> None:
    """Serve until a signal comes or a worker fails."""
    parser = command_line.parser("system.servers.launchers.forking")
    parser.add_argument("serve", type=attribute)
    parser.add_argument("stop", type=signal.Signals.__getitem__)
    arguments = parser.parse_args()
    serving = command_line.serving(arguments)
    _refuse_taken(serving.host, serving.port)
    serve: Serve = arguments.serve
    listening = Listening(serving.host, serving.port, serving.threads)
    sys.exit(run(lambda: serve(build(serving.app), listening), serving.processes, arguments.stop))


if __name__ == "__main__":
    main()
