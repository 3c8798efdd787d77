"""Launcher of a server without a command: it forks workers, replaces killed ones and stops them.

If a worker ends by itself, because its application or its server failed, all workers are stopped.
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
from functools import partial
from typing import NoReturn

from system.servers.launchers import command_line
from system.servers.launchers.application import CANNOT_SERVE, Application, attribute, build, close
from system.servers.protocol import BACKLOG, STOP_S, Launch, Serving

WATCHED = {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD}
KILL_AFTER_S = STOP_S + 0.25
"""Limit for the stop of a worker: its own, and a moment to notice its end."""
MIN_LIFETIME_S = 1.0
"""A worker that is killed earlier is replaced only after this time, which limits the rate of forks."""


@dataclass(frozen=True)
class Listening:
    """The address and the number of threads of one worker."""

    host: str
    port: int
    threads: int

    def socket(self) -> socket.socket:
        """Open a listening socket; each worker has one on the same port."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind((self.host, self.port))
        listener.listen(BACKLOG)
        return listener


Serve = Callable[[Application, Listening], None]
"""The main function of a worker, which serves until the stop signal."""


def forked(serve: str, stop: signal.Signals, serving: Serving) -> Launch:
    """Return the command line for workers that call *serve*, `module:function`, and stop on *stop*."""
    return Launch(command_line.command("system.servers.launchers.forking", serving, serve, stop.name))


def _nothing() -> None: ...


def run(
    worker: Callable[[], None], processes: int, stop: signal.Signals, at_stop: Callable[[], None] = _nothing
) -> int:
    """Run *processes* forks of *worker* until a signal or a failure; return the exit status.

    At the stop, *at_stop* is called and each worker gets the signal *stop*.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
    workers = {_fork(worker): time.monotonic() for _ in range(processes)}
    failed = _replace_killed(workers, worker)
    at_stop()
    _stop(workers, stop)
    return CANNOT_SERVE if failed else 0


def _fork(worker: Callable[[], None]) -> int:
    pid = os.fork()
    if pid == 0:
        _work(worker)
    return pid


def _work(worker: Callable[[], None]) -> NoReturn:
    """Run *worker* in the child process, then exit, so that functions registered by `atexit` are called."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED)
    try:
        worker()
    except KeyboardInterrupt:
        sys.exit(0)
    except Exception:  # noqa: BLE001 - the process ends: its reason is printed, its status shows the failure
        traceback.print_exc()
        sys.exit(CANNOT_SERVE)
    sys.exit(0)


def _replace_killed(workers: dict[int, float], worker: Callable[[], None]) -> bool:
    """Replace killed workers until a signal comes; return True if a worker ended by itself instead."""
    while signal.sigwait(WATCHED) == signal.SIGCHLD:
        for pid, status in _ended():
            started_s = workers.pop(pid)
            if os.WIFEXITED(status):
                print(f"worker {pid} stopped serving (status {os.WEXITSTATUS(status)})", file=sys.stderr)
                return True
            print(f"worker {pid} was killed by signal {os.WTERMSIG(status)}; replaced", file=sys.stderr)
            time.sleep(max(0.0, started_s + MIN_LIFETIME_S - time.monotonic()))
            workers[_fork(worker)] = time.monotonic()
    return False


def _ended() -> Iterator[tuple[int, int]]:
    """Yield the pid and wait status of each child that has ended."""
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            yield ended


def _stop(workers: dict[int, float], stop: signal.Signals) -> None:
    """Signal each worker to stop; kill those that run after the deadline."""
    _send(workers, stop)
    deadline_s = time.monotonic() + KILL_AFTER_S
    while workers and (left_s := deadline_s - time.monotonic()) > 0:
        _remove_ended(workers)
        if workers:
            signal.sigtimedwait({signal.SIGCHLD}, left_s)
    _send(workers, signal.SIGKILL)
    for pid in workers:
        os.waitpid(pid, 0)


def _send(workers: dict[int, float], number: signal.Signals) -> None:
    for pid in workers:
        os.kill(pid, number)


def _remove_ended(workers: dict[int, float]) -> None:
    for pid, _status in _ended():
        workers.pop(pid, None)


def _check_port(host: str, port: int) -> None:
    """Exit if *port* is in use: the workers could share it with another server without an error."""
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
    _check_port(serving.host, serving.port)
    listening = Listening(serving.host, serving.port, serving.threads)
    worker = partial(_serve_and_close, arguments.serve, serving.app, listening)
    sys.exit(run(worker, serving.processes, arguments.stop))


def _serve_and_close(serve: Serve, app: str, listening: Listening) -> None:
    application = build(app)
    try:
        serve(application, listening)
    finally:
        close(application)


if __name__ == "__main__":
    main()
