import subprocess
import sys
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from system.endpoint.metrics import LATE_REPLIES, Metrics, MetricsLayout, exposition

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
    for name, waiting in (("a", 2), ("b", 3)):
        metrics = Metrics(tmp_path / name, LAYOUT)
        metrics.count(LATE_REPLIES)
        metrics.set_waiting(waiting)
    read = samples(tmp_path / "a", tmp_path / "b")
    assert read["endpoint_late_replies_total",] == 2
    assert read["endpoint_waiting_requests",] == 5


def test_the_next_process_continues_the_counters_and_has_no_waiting_request(tmp_path: Path) -> None:
    for _ in range(2):
        metrics = Metrics(tmp_path / "a", LAYOUT)
        metrics.count(LATE_REPLIES)
    assert samples(tmp_path / "a")["endpoint_late_replies_total",] == 2
    metrics.set_waiting(5)
    Metrics(tmp_path / "a", LAYOUT)
    assert samples(tmp_path / "a")["endpoint_waiting_requests",] == 0


def test_the_waiting_requests_of_a_dead_process_are_not_counted(tmp_path: Path) -> None:
    dying = (
        "import sys; from pathlib import Path; from system.endpoint.metrics import *;"
        "m = Metrics(Path(sys.argv[1]), MetricsLayout(('find', 'unknown')));"
        "m.set_waiting(7); m.count(LATE_REPLIES)"
    )
    subprocess.run([sys.executable, "-c", dying, str(tmp_path / "a")], check=True, timeout=60)
    read = samples(tmp_path / "a")
    assert read["endpoint_waiting_requests",] == 0
    assert read["endpoint_late_replies_total",] == 1


def test_counts_that_mean_something_else_are_dropped(tmp_path: Path) -> None:
    Metrics(tmp_path / "a", MetricsLayout(("another", "unknown"))).count(LATE_REPLIES)
    assert samples(tmp_path / "a")["endpoint_late_replies_total",] == 0
    Metrics(tmp_path / "a", LAYOUT).count(LATE_REPLIES)
    assert samples(tmp_path / "a")["endpoint_late_replies_total",] == 1
