"""A timer that sleeps until a due time, on timerfd: gevent's own timers round up to whole milliseconds."""

import ctypes
import os
import time
from types import TracebackType
from typing import Self

import gevent

from loadtests.measurement.units import NS_PER_S

CLOCK_MONOTONIC = 1
TFD_TIMER_ABSTIME = 1
READ = 1


class _Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _Itimerspec(ctypes.Structure):
    _fields_ = (("interval", _Timespec), ("value", _Timespec))


class Timer:
    """Wakes one greenlet at times of CLOCK_MONOTONIC."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._fd = self._libc.timerfd_create(CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create failed")
        self._hub = gevent.get_hub()
        self._watcher = self._hub.loop.io(self._fd, READ)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._watcher.close()
        os.close(self._fd)

    def sleep_until(self, due_ns: int) -> None:
        """Let other greenlets run until *due_ns*; return at once if that has passed."""
        if due_ns <= time.monotonic_ns():
            return
        due = _Itimerspec(_Timespec(0, 0), _Timespec(*divmod(due_ns, NS_PER_S)))
        self._libc.timerfd_settime(self._fd, TFD_TIMER_ABSTIME, ctypes.byref(due), None)
        self._hub.wait(self._watcher)
        os.read(self._fd, 8)
