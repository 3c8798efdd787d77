"""Speed of the machine right now: three short kernels of fixed work, compared with a reference machine.

Wall-clock figures of two machines, or of one machine in two hours, differ by several times. The kernels use
what a request uses: the interpreter on one core, native code on two cores at once, and waking a thread.
"""

import os
import random
import threading
import time
import zlib
from collections.abc import Callable
from statistics import median

from benchmarks.results.store.trial_schema import MachineSpeed

REFERENCE_ONE_CORE_S = 0.0310
REFERENCE_TWO_CORES_S = 0.0145
"""Times of the kernels on the reference machine: two quiet cores of an AMD EPYC virtual machine."""

REPEATS = 3
"""A kernel counts with its fastest repeat: a disturbance only ever makes it slower."""
STEPS = 400_000
BLOCK = random.Random(0).randbytes(16_384).hex().encode()
COMPRESSIONS = 25
WAKE_UPS = 100


def measure_speed() -> MachineSpeed:
    """Run the kernels; it takes a fifth of a second on the reference machine."""
    return MachineSpeed(
        one_core=REFERENCE_ONE_CORE_S / fastest_s(interpret),
        two_cores=REFERENCE_TWO_CORES_S / fastest_s(compress_on_two_cores),
        wake_up_us=wake_up_us(),
    )


def fastest_s(kernel: Callable[[], None]) -> float:
    """Return the shortest time of a few runs of *kernel*."""

    def timed_s() -> float:
        started_s = time.perf_counter()
        kernel()
        return time.perf_counter() - started_s

    return min(timed_s() for _ in range(REPEATS))


def interpret() -> None:
    """Keep the interpreter busy on one core: integers, and a dictionary per step."""
    counts: dict[int, int] = {}
    for step in range(STEPS):
        counts[step & 255] = counts.get(step & 255, 0) + (step * step & 7)


def compress() -> None:
    """Compress the same block several times, which needs no interpreter."""
    for _ in range(COMPRESSIONS):
        zlib.compress(BLOCK, 6)


def compress_on_two_cores() -> None:
    """Compress in two threads at once."""
    other = threading.Thread(target=compress)
    other.start()
    compress()
    other.join()


def wake_up_us() -> float:
    """Return the median time, in microseconds, in which a thread that waits on a pipe is woken."""
    there, back = os.pipe(), os.pipe()

    def echo() -> None:
        while os.read(there[0], 1) == b"1":
            os.write(back[1], b"1")

    thread = threading.Thread(target=echo)
    thread.start()
    spans_s = []
    try:
        for _ in range(WAKE_UPS):
            started_s = time.perf_counter()
            os.write(there[1], b"1")
            os.read(back[0], 1)
            spans_s.append(time.perf_counter() - started_s)
    finally:
        os.write(there[1], b"0")
        thread.join()
        for end in (*there, *back):
            os.close(end)
    return median(spans_s) / 2 * 1e6
