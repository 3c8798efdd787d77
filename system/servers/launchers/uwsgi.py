"""Launcher of uWSGI: a stop also ends its idle connections, for which its threads would wait.

The workers read from a pipe (see `uwsgi_worker`); its end means that the server stops.
"""

import os
import signal
import sys

from system.servers.launchers import command_line
from system.servers.launchers.forking import run
from system.servers.launchers.uwsgi_worker import environment
from system.servers.uwsgi import options


def main() -> None:
    """Serve until a signal comes or a worker cannot be built."""
    serving = command_line.serving(command_line.parser("system.servers.launchers.uwsgi").parse_args())
    reader, writer = os.pipe()
    os.set_inheritable(reader, True)  # noqa: FBT003 - its one argument
    uwsgi = [sys.executable, "-c", "import pyuwsgi; pyuwsgi.run()", *options(serving)]

    def become_uwsgi() -> None:
        os.execve(uwsgi[0], uwsgi, os.environ | environment(serving, reader))

    sys.exit(run(become_uwsgi, 1, signal.SIGTERM, at_stop=lambda: os.close(writer)))


if __name__ == "__main__":
    main()
