"""Launcher of Apache with mod_wsgi: its files are in a temporary folder, SIGTERM stops it gracefully.

Apache refuses to serve as root. If the caller is root, Apache runs in a user namespace in which the same user
has another number: it has the same access to files, and no other user is needed.
"""

import ctypes
import os
import sys
import tempfile
from pathlib import Path
from signal import SIGWINCH

from system.servers.launchers import command_line
from system.servers.launchers.application import CANNOT_SERVE
from system.servers.launchers.forking import run
from system.servers.launchers.mod_wsgi_worker import environment
from system.servers.mod_wsgi import configuration, options
from system.servers.protocol import Serving

CLONE_NEWUSER = 0x10000000
NOT_ROOT = 1000


def main() -> None:
    """Serve until a signal comes or a worker cannot be built."""
    serving = command_line.serving(command_line.parser("system.servers.launchers.mod_wsgi").parse_args())
    with tempfile.TemporaryDirectory(prefix="mod_wsgi-", ignore_cleanup_errors=True) as folder:
        failed, launcher = Path(folder) / "failed", os.getpid()
        os.environ |= environment(serving, launcher, failed)
        status = run(lambda: _become_apache(serving, Path(folder)), 1, SIGWINCH)
        sys.exit(CANNOT_SERVE if failed.exists() else status)


def _become_apache(serving: Serving, folder: Path) -> None:
    if os.geteuid() == 0:
        _map_root_to_user()
    included = folder / "included.conf"
    included.write_text(configuration(serving))
    arguments = options(serving, folder / "server", Path.cwd(), included)
    os.execv(
        sys.executable, [sys.executable, "-c", "from mod_wsgi.express.cli import main; main()", *arguments]
    )


def _map_root_to_user() -> None:
    """Give this process's user another number than 0, in a new user namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        reason = os.strerror(ctypes.get_errno())
        raise PermissionError(
            f"Apache cannot serve as root, nor in a user namespace ({reason}); be another user"
        )
    process = Path("/proc/self")
    (process / "setgroups").write_text("deny")
    (process / "uid_map").write_text(f"{NOT_ROOT} 0 1")
    (process / "gid_map").write_text(f"{NOT_ROOT} 0 1")


if __name__ == "__main__":
    main()
