"""Free ports, and the refusal of ports in use."""

import os
import socket
from collections.abc import Iterator

import pytest

from system.errors import EnvironmentUnfit
from system.processes.ports import free_ports, is_free, refuse_ports_in_use


@pytest.fixture
def port_in_use() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_free_ports_are_distinct_and_free() -> None:
    ports = free_ports(5)
    assert len(set(ports)) == 5
    assert all(map(is_free, ports))


def test_excluded_ports_are_not_returned() -> None:
    allowed = {20_000, 20_001, 20_002}
    taken = set(range(20_000, 32_000)) - allowed
    with pytest.raises(EnvironmentUnfit, match="no 5 free ports found"):
        free_ports(5, taken)


def test_a_port_in_use_is_refused_with_its_purpose_and_its_process(port_in_use: int) -> None:
    with pytest.raises(
        EnvironmentUnfit,
        match=rf"port {port_in_use}, wanted for kafka, is in use by .* \(pid {os.getpid()}\)",
    ):
        refuse_ports_in_use({"endpoint": free_ports(1)[0], "kafka": port_in_use})


def test_free_ports_are_not_refused() -> None:
    refuse_ports_in_use({"endpoint": free_ports(1)[0]})
