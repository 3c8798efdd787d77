import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from system.endpoint.metrics import LATE_REPLIES, FileInUse, Metrics, MetricsLayout, exposition

LAYOUT = MetricsLayout(("find", "unknown"))


def samples(*files: Path) -> dict[tuple[str, ...], float]:
    families = text_string_to_metric_families(exposition(files, LAYOUT))
    return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}


def test_answers_are_counted_by_route_and_status_and_latency(tmp_path: Path) -> None:
    metrics = Metrics(tmp_path / "a", LAYOUT)
    metrics.observe(0, 200, 3_000_000)
    metrics.observe(0, 200, 30_000_000_000)
    metrics.observe(1, 404, 1)
    read = samples(tmp_path / "a")
    assert read["endpoint_requests_total", "find", "200"] == 2
    assert read["endpoint_requests_total", "unknown", "404"] == 1
    assert read["endpoint_request_duration_seconds_bucket", "find", "0.0025"] == 0
    assert read["endpoint_request_duration_seconds_bucket", "find", "0.005"] == 1
    assert read["endpoint_request_duration_seconds_bucket", "find", "10.0"] == 1
    assert read["endpoint_request_duration_seconds_bucket", "find", "+Inf"] == 2
    assert read["endpoint_request_duration_seconds_sum", "find"] == 30.003


def test_the_files_of_all_processes_are_added_up(tmp_path: Path) -> None:
    counting = [Metrics(tmp_path / name, LAYOUT) for name in "ab"]
    for metrics, waiting in zip(counting, (2, 3), strict=True):
        metrics.count(LATE_REPLIES)
        metrics.set_state(waiting, refusing=waiting == 2)
    read = samples(tmp_path / "a", tmp_path / "b")
    assert read["endpoint_late_replies_total",] == 2
    assert read["endpoint_waiting_requests",] == 5
    assert read["endpoint_refusing_processes",] == 1


def test_the_next_process_continues_the_counters_and_has_no_waiting_request(tmp_path: Path) -> None:
    for _ in range(2):
        metrics = Metrics(tmp_path / "a", LAYOUT)
        metrics.count(LATE_REPLIES)
        metrics.set_state(5, refusing=True)
        metrics.close()
    following = Metrics(tmp_path / "a", LAYOUT)
    assert samples(tmp_path / "a")["endpoint_late_replies_total",] == 2
    assert samples(tmp_path / "a")["endpoint_waiting_requests",] == 0
    following.close()


def test_a_file_in_which_another_process_counts_is_refused(tmp_path: Path) -> None:
    counting = Metrics(tmp_path / "a", LAYOUT)
    with pytest.raises(FileInUse, match="in use by another endpoint process"):
        Metrics(tmp_path / "a", LAYOUT)
    counting.close()


def test_the_waiting_requests_of_a_dead_process_are_not_counted(tmp_path: Path) -> None:
    dying = (
        "import sys; from pathlib import Path; from system.endpoint.metrics import *;"
        "m = Metrics(Path(sys.argv[1]), MetricsLayout(('find', 'unknown')));"
        "m.set_state(7, refusing=True); m.count(LATE_REPLIES)"
    )
    subprocess.run([sys.executable, "-c", dying, str(tmp_path / "a")], check=True, timeout=60)
    read = samples(tmp_path / "a")
    assert read["endpoint_waiting_requests",] == 0
    assert read["endpoint_late_replies_total",] == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has namespaces of process ids")
def test_the_waiting_requests_of_a_process_in_another_container_are_counted(tmp_path: Path) -> None:
    """In another container, the id of the process that counts is that of another process, or of none."""
    metrics = Metrics(tmp_path / "a", LAYOUT)
    metrics.set_state(7, refusing=True)
    program = (
        "import sys; from pathlib import Path; from system.endpoint.metrics import *;"
        "print(exposition([Path(sys.argv[1])], MetricsLayout(('find', 'unknown'))))"
    )
    alone = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc"]
    read = subprocess.run(
        [*alone, sys.executable, "-c", program, str(tmp_path / "a")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if "unshare" in read.stderr:
        pytest.skip(f"this machine allows no namespace: {read.stderr}")
    assert "endpoint_waiting_requests 7\n" in read.stdout
    metrics.close()


def test_counts_that_mean_something_else_are_dropped(tmp_path: Path) -> None:
    other = Metrics(tmp_path / "a", MetricsLayout(("another", "unknown")))
    other.count(LATE_REPLIES)
    other.close()
    assert samples(tmp_path / "a")["endpoint_late_replies_total",] == 0
    ours = Metrics(tmp_path / "a", LAYOUT)
    ours.count(LATE_REPLIES)
    ours.close()
    assert samples(tmp_path / "a")["endpoint_late_replies_total",] == 1
