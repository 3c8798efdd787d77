"""Flink in one process and as a cluster has the same settings, except for addresses, memory and scaling."""

from dataclasses import replace
from pathlib import Path

import pytest

from system.runtime.flink_config import (
    ALL_INTERFACES,
    CLUSTER_HEAP_MIB,
    Cluster,
    FlinkSettings,
    flink_conf,
    render_module,
)
from system.runtime.layout import Layout

EMBEDDED = FlinkSettings(Layout(Path("/data")), 8081, "kafka:9092", "http://functions:8000/statefun")
JOBMANAGER = replace(
    EMBEDDED, name="flink-jobmanager", cluster=Cluster("jobmanager", 6123, 6124, ALL_INTERFACES)
)
TASKMANAGER = replace(JOBMANAGER, name="flink-taskmanager")
ADDRESSES = {
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
    "web.access-control-allow-origin",
    "web.tmpdir",
}


def differing(one: FlinkSettings, other: FlinkSettings) -> set[str]:
    first, second = flink_conf(one), flink_conf(other)
    return {key for key in first | second if first.get(key) != second.get(key)}


def test_a_cluster_has_the_settings_of_one_process_except_for_addresses_memory_and_scaling() -> None:
    others = {key for key in differing(EMBEDDED, JOBMANAGER) if not key.startswith("taskmanager.memory.")}
    assert others == ADDRESSES | {"scheduler-mode", "taskmanager.cpu.cores"}


def test_a_jobmanager_and_its_taskmanagers_differ_in_their_name_and_their_folders() -> None:
    assert differing(JOBMANAGER, TASKMANAGER) == {"io.tmp.dirs", "taskmanager.resource-id", "web.tmpdir"}


def test_topics_and_functions_are_the_same_wherever_flink_runs() -> None:
    assert render_module(EMBEDDED) == render_module(JOBMANAGER) == render_module(TASKMANAGER)
    assert EMBEDDED.module == JOBMANAGER.module == TASKMANAGER.module


@pytest.mark.parametrize("settings", [EMBEDDED, JOBMANAGER])
def test_flinks_page_takes_nothing_and_is_for_its_own_origin(settings: FlinkSettings) -> None:
    conf = flink_conf(settings)
    assert (conf["web.submit.enable"], conf["web.cancel.enable"]) == ("false", "false")
    assert conf["web.access-control-allow-origin"] == settings.web


def test_without_a_checkpoint_every_partition_is_read_from_its_first_record() -> None:
    module = render_module(replace(EMBEDDED, partitions={"users": 2, "users-create": 1}))
    assert "offsets: [{users-create/0: 0}, {users/0: 0}, {users/1: 0}]" in module


def test_the_heap_of_a_taskmanager_is_what_its_settings_add_up_to() -> None:
    heaps = [
        flink_conf(TASKMANAGER)[f"taskmanager.memory.{part}.heap.size"] for part in ("task", "framework")
    ]
    assert sum(int(str(heap).removesuffix("m")) for heap in heaps) == CLUSTER_HEAP_MIB


def test_everything_listens_on_loopback_by_default() -> None:
    settings = flink_conf(replace(JOBMANAGER, cluster=Cluster("127.0.0.1", 6123, 6124)))
    hosts = {key: value for key, value in settings.items() if key.endswith(("host", "address"))}
    assert set(hosts.values()) == {"127.0.0.1"}


def test_a_taskmanager_that_listens_on_all_interfaces_registers_with_its_own_address() -> None:
    assert "taskmanager.host" not in flink_conf(TASKMANAGER)
