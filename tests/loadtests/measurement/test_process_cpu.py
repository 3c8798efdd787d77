import os
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from loadtests.measurement.process_cpu import ProcessStat, cpu_s, parse_stat, process_tree, read_processes

BUSY = "import subprocess, sys; sum(range(10**7)); print('ready', flush=True); sys.stdin.read()"
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BUSY!r}], check=True)"


def process(pid: int, parent: int, own_s: float = 0.0, reaped_s: float = 0.0) -> ProcessStat:
    return ProcessStat(pid, parent, started_s=0.0, cpu_s=own_s, reaped_cpu_s=reaped_s, rss_mib=0.0)


def test_a_program_with_spaces_and_brackets_in_its_name_is_parsed() -> None:
    stat = parse_stat("42 (a (b) c) S 7 0 0 0 0 0 0 0 0 0 150 50 20 5 20 0 1 0 1234 0 256")
    tick_s = 1 / os.sysconf("SC_CLK_TCK")
    assert (stat.pid, stat.parent) == (42, 7)
    assert (stat.cpu_s, stat.reaped_cpu_s) == pytest.approx((200 * tick_s, 25 * tick_s))
    assert stat.started_s == pytest.approx(1234 * tick_s)
    assert stat.rss_mib == 256 * os.sysconf("SC_PAGE_SIZE") / 2**20


def test_the_tree_of_a_process_has_its_descendants_and_no_other() -> None:
    processes = {one.pid: one for one in (process(1, 0), process(2, 1), process(3, 2), process(4, 0))}
    assert process_tree(processes, [1, 99]) == {1, 2, 3}


def test_cpu_time_includes_that_of_reaped_children() -> None:
    assert cpu_s({1: process(1, 0, 2.0, 0.5), 2: process(2, 1, 1.0)}, [1, 2]) == 3.5


@pytest.fixture
def parent() -> Iterator[int]:
    """Runs a process whose child has worked; gives the parent's pid."""
    command = [sys.executable, "-c", PARENT]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert running.stdout
        running.stdout.readline()
        yield running.pid
        running.kill()


def test_the_reading_of_a_running_tree_agrees_with_psutil(parent: int) -> None:
    alone = psutil.Process(parent).cpu_times()
    child = psutil.Process(parent).children()[0].cpu_times()
    processes = read_processes()
    least_s = alone.user + alone.system + child.user + child.system
    assert cpu_s(processes, process_tree(processes, [parent])) >= least_s > 0
    started_s = psutil.boot_time() + processes[parent].started_s
    assert started_s == pytest.approx(psutil.Process(parent).create_time(), abs=2)
