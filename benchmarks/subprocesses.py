"""Child processes: start, wait for the ready line, stop within a bound; they end when this process does."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from loadtests.child_process import end_with_parent

STOPPING = (signal.SIGINT, signal.SIGTERM)
"""Signals that stop the program."""

LOOK_EVERY_S = 0.02


class SubprocessError(Exception):
    """A child that failed or was late; *exit_code* is the child's, None where it was still running."""

    def __init__(self, message: str, exit_code: int | None = None) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class Subprocess:
    """A process in its own session, so that a Ctrl-C in the terminal reaches only the parent.

    It is started in *folder*, by default in that of this process.
    """

    def __init__(self, name: str, command: Sequence[str], log: Path, folder: Path | None = None) -> None:
        self.name = name
        self.log = log
        self._output = log.with_suffix(".out")
        log.parent.mkdir(parents=True, exist_ok=True)
        with self._output.open("wb") as output, log.open("ab") as errors, _signals_blocked():
            self._process = subprocess.Popen(
                list(command),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
                preexec_fn=partial(_prepare_child, os.getpid()),  # noqa: PLW1509 (we start children from one thread only)
            )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def has_ended(self) -> bool:
        """Return whether the process has ended."""
        return self._process.poll() is not None

    def wait_ready(self, within_s: float) -> dict[str, str]:
        """Return the `key=value` pairs of its line `ready ...`; raise `SubprocessError` if none comes."""
        deadline = time.monotonic() + within_s
        while (line := self._ready_line()) is None:
            if self.has_ended():
                raise self._ended()
            if time.monotonic() > deadline:
                raise SubprocessError(
                    f"{self.name} was not ready in {within_s:g} s; last line of its log: {self.last_line()}"
                )
            time.sleep(LOOK_EVERY_S)
        return dict(pair.split("=", 1) for pair in line.split()[1:] if "=" in pair)

    def wait(self, within_s: float, meanwhile: Callable[[], None], every_s: float) -> None:
        """Wait for it to end with code 0, calling *meanwhile* at once and then every *every_s* seconds."""
        deadline = time.monotonic() + within_s
        while not self.has_ended():
            meanwhile()
            if time.monotonic() > deadline:
                raise self._late("did not end", within_s)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(every_s)
        if self._process.returncode != 0:
            raise self._ended()

    def stop(self, within_s: float = 15.0) -> None:
        """Terminate it, and kill its session if it has not ended *within_s*."""
        if not self.has_ended():
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(within_s)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()

    def last_line(self) -> str:
        """Return the last line of its log."""
        lines = self.log.read_text(errors="replace").split("\n") if self.log.exists() else []
        written = [line.strip() for line in lines if line.strip()]
        return written[-1] if written else "nothing"

    def _ready_line(self) -> str | None:
        complete = self._output.read_text(errors="replace").split("\n")[:-1]
        return next((line for line in complete if line.startswith("ready")), None)

    def _late(self, what: str, within_s: float) -> SubprocessError:
        return SubprocessError(
            f"{self.name} {what} in {within_s:g} s; last line of its log: {self.last_line()}"
        )

    def _ended(self) -> SubprocessError:
        code = self._process.returncode
        return SubprocessError(f"{self.name} ended with code {code}: {self.last_line()}", code)


def output_of(command: Sequence[str], within_s: float, folder: Path | None = None) -> str:
    """Run *command* in *folder* to its end and return what it printed.

    Raise `SubprocessError` if it fails or is late.
    """
    name = " ".join(command[:3])
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=within_s, check=True
        )
    except subprocess.TimeoutExpired as error:
        raise SubprocessError(f"{name} did not answer in {within_s:g} s") from error
    except subprocess.CalledProcessError as error:
        reason = (error.stderr.strip().splitlines() or ["nothing"])[-1]
        raise SubprocessError(
            f"{name} ended with code {error.returncode}: {reason}", error.returncode
        ) from error
    return done.stdout


@contextlib.contextmanager
def _signals_blocked() -> Iterator[None]:
    """Block the signals of `STOPPING` until the fork is over.

    An exception of their handler within a hook that runs at a fork, as those of `logging`, would be lost.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _prepare_child(parent_pid: int) -> None:
    """Unblock the signals, and end with the parent."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
    end_with_parent(parent_pid)
