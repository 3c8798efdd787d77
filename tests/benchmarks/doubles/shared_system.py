"""Stands in for `python -m system`: `up` borrows a system that runs already, all else is the real thing.

Its first argument is the data folder of that system.
"""

import os
import signal
import sys
import threading
from pathlib import Path


def borrow(shared: Path, data_dir: Path) -> None:
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    data_dir.symlink_to(shared, target_is_directory=True)
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    print("ready", flush=True)
    ended.wait()
    data_dir.unlink()


if __name__ == "__main__":
    shared, command, *rest = sys.argv[1:]
    if command == "up":
        borrow(Path(shared), Path(rest[rest.index("--data-dir") + 1]))
    else:
        os.execv(sys.executable, [sys.executable, "-m", "system", command, *rest])
