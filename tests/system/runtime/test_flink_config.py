"""All of Flink in one process, or apart: told the same, but for where its processes are."""

from dataclasses import replace
from pathlib import Path

from system.runtime.flink_config import (
    APART_HEAP_MIB,
    EVERYWHERE,
    Cluster,
    FlinkSettings,
    render_module,
    values,
)
from system.runtime.layout import Layout

EMBEDDED = FlinkSettings(Layout(Path("/data")), 8081, "kafka:9092", "http://functions:8000/statefun")
JOBMANAGER = replace(EMBEDDED, name="flink-jobmanager", cluster=Cluster("jobmanager", 6123, 6124, EVERYWHERE))
TASKMANAGER = replace(JOBMANAGER, name="flink-taskmanager")
WHERE = {
    "blob.server.port",
    "io.tmp.dirs",
    "jobmanager.bind-host",
    "jobmanager.rpc.address",
    "jobmanager.rpc.port",
    "rest.address",
    "rest.bind-address",
    "taskmanager.bind-host",
    "taskmanager.host",
    "taskmanager.resource-id",
    "web.tmpdir",
}


def differing(one: FlinkSettings, other: FlinkSettings) -> set[str]:
    told, told_other = values(one), values(other)
    return {key for key in told | told_other if told.get(key) != told_other.get(key)}


def test_processes_apart_are_told_what_one_process_is_told_but_for_places_memory_and_scaling() -> None:
    beside = {key for key in differing(EMBEDDED, JOBMANAGER) if not key.startswith("taskmanager.memory.")}
    assert beside == WHERE | {"scheduler-mode", "taskmanager.cpu.cores"}


def test_a_jobmanager_and_its_taskmanagers_differ_in_their_name_and_their_folders() -> None:
    assert differing(JOBMANAGER, TASKMANAGER) == {"io.tmp.dirs", "taskmanager.resource-id", "web.tmpdir"}


def test_topics_and_functions_are_the_same_wherever_flink_runs() -> None:
    assert render_module(EMBEDDED) == render_module(JOBMANAGER) == render_module(TASKMANAGER)
    assert EMBEDDED.module == JOBMANAGER.module == TASKMANAGER.module


def test_the_heap_of_a_taskmanager_is_what_its_settings_add_up_to() -> None:
    heaps = [values(TASKMANAGER)[f"taskmanager.memory.{part}.heap.size"] for part in ("task", "framework")]
    assert sum(int(str(heap).removesuffix("m")) for heap in heaps) == APART_HEAP_MIB


def test_everything_listens_on_loopback_unless_told_otherwise() -> None:
    told = values(replace(JOBMANAGER, cluster=Cluster("127.0.0.1", 6123, 6124)))
    hosts = {key: value for key, value in told.items() if key.endswith(("host", "address"))}
    assert set(hosts.values()) == {"127.0.0.1"}


def test_a_taskmanager_that_listens_everywhere_is_found_by_the_address_it_has() -> None:
    assert "taskmanager.host" not in values(TASKMANAGER)
