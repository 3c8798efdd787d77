"""The components of a system, and the order of their start."""

from dataclasses import replace
from pathlib import Path

import pytest

from system.cli.components import single
from system.runtime import stack
from system.runtime.endpoint_choice import EndpointOptions, choose
from system.runtime.jvm import Installation, Java
from system.runtime.layout import Layout
from system.runtime.stack import Ports, Stack
from system.servers.catalogue import SERVERS
from system.servers.protocol import STOP_S

JAVA = Java(Path("/java"), Path("/java/bin/java"), "17")
INSTALLATION = Installation(JAVA, {"kafka": (), "flink": ()}, {})
STOP_WITHIN_S = 10.0


@pytest.fixture
def whole(tmp_path: Path) -> Stack:
    return Stack(Layout(tmp_path), Ports(1, 2, 3, 4, 5, 6, 7), choose(EndpointOptions()))


def needs(of: Stack) -> dict[str, tuple[str, ...]]:
    return {component.name: component.after for component in stack.components_of(of, INSTALLATION)}


def test_flink_waits_for_kafka_and_the_functions_and_the_endpoint_for_kafka(whole: Stack) -> None:
    assert needs(whole) == {
        "kafka": (),
        "functions": (),
        "flink": ("kafka", "functions"),
        "endpoint": ("kafka",),
    }


def test_the_endpoint_can_be_left_out(whole: Stack) -> None:
    assert "endpoint" not in needs(replace(whole, endpoint=None))


def test_the_in_memory_client_needs_no_other_component(whole: Stack) -> None:
    alone = replace(whole, endpoint=choose(EndpointOptions(client="memory")))
    assert needs(alone) == {"endpoint": ()}
    assert stack.listeners(alone) == {"endpoint": 1}
    assert stack.addresses(alone).kafka is None


def test_stopping_all_components_takes_less_than_ten_seconds(whole: Stack) -> None:
    total_s = sum(component.stop_within_s for component in stack.components_of(whole, INSTALLATION))
    assert total_s <= STOP_WITHIN_S - 1.0


@pytest.mark.parametrize("name", list(SERVERS))
def test_an_endpoint_has_more_time_to_stop_than_its_server_takes(whole: Stack, name: str) -> None:
    server = SERVERS.load(name)
    assert whole.endpoint is not None
    served = replace(whole, endpoint=replace(whole.endpoint, server=server))
    endpoint = next(one for one in stack.components_of(served, INSTALLATION) if one.name == "endpoint")
    assert endpoint.stop_within_s > STOP_S + 0.5
    assert single.STOP_WITHIN_S > STOP_S + 0.5


def test_another_application_for_the_functions_is_passed_to_their_server(whole: Stack) -> None:
    components = stack.components_of(replace(whole, functions="tests.doubles:app"), INSTALLATION)
    functions = next(component for component in components if component.name == "functions")
    assert functions.command().arguments[-2:] == ("--app", "tests.doubles:app")


def test_every_port_has_a_purpose(whole: Stack) -> None:
    assert stack.listeners(whole) == {"endpoint": 1, "flink": 2, "kafka": 3, "controller": 4, "functions": 5}
