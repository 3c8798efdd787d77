"""docker-compose.yml and Dockerfile as files: their schema, their defaults, and limits of every container."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from compose_pydantic import models

from system.cli.program import component
from system.runtime.endpoint_choice import SPARE, THREADS
from tests.containers import engine
from tests.containers.deployment import SERVICES

ROOT = Path(__file__).parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
HAPROXY = (ROOT / "containers" / "haproxy.cfg").read_text()
VARIABLE = re.compile(r"\$\{(\w+):-([^}]*)\}")
EACH = pytest.mark.parametrize("service", COMPOSE["services"].values(), ids=COMPOSE["services"])


def test_it_conforms_to_the_schema_of_compose_files() -> None:
    # The schema allows extension keys, x-..., but the classes generated from it do not.
    known = {key: value for key, value in COMPOSE.items() if not key.startswith("x-")}
    models.ComposeSpecification.model_validate(known)
    with pytest.raises(ValueError, match="memory"):
        models.ComposeSpecification.model_validate({"services": {"kafka": {"memory": "1g"}}})


def test_it_has_all_services() -> None:
    assert set(COMPOSE["services"]) == set(SERVICES)


@EACH
def test_every_container_has_a_health_check_a_memory_limit_and_no_privileges(
    service: dict[str, Any],
) -> None:
    assert service["healthcheck"]["test"]
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
    assert service["cap_drop"] == ["ALL"]
    assert "privileged" not in service


@EACH
def test_ports_are_published_on_loopback_only(service: dict[str, Any]) -> None:
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_variables_have_the_names_and_defaults_of_the_makefile() -> None:
    variables = dict(VARIABLE.findall((ROOT / "docker-compose.yml").read_text()))
    makefile = dict(re.findall(r"^(\w+) \?= ?(.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE))
    ports = {"ENDPOINT_PORT": "5000", "FLINK_PORT": "8081", "LOCUST_PORT": "8089"}
    names = ("SERVER", "CLIENT", "PROCESSES", "THREADS", "SCENARIO", "DEADLINE", "MAX_WAITING")
    assert variables == ports | {name: makefile[name] for name in names}


def test_the_proxy_sends_an_endpoint_what_its_threads_can_take_and_checks_its_health_port() -> None:
    proxy, endpoint = (COMPOSE["services"][name]["command"] for name in ("proxy", "endpoint"))
    spare = SPARE["thread"]
    assert f"ENDPOINT_MAXCONN=$$((${{PROCESSES:-1}} * (${{THREADS:-64}} + {spare})))" in proxy
    assert f"presetenv ENDPOINT_MAXCONN {THREADS + spare}\n" in HAPROXY
    health_port = re.search(r"--health-port (\d+)", endpoint)
    assert health_port is not None
    assert f"check port {health_port[1]} " in HAPROXY
    assert not any(health_port[1] in port for port in COMPOSE["services"]["endpoint"].get("ports", []))


def test_the_proxy_refuses_as_the_endpoint_does() -> None:
    for status in (502, 503, 504):
        line = re.search(rf"http-error status {status} content-type (\S+) string '(.*?)'(.*)", HAPROXY)
        assert line is not None
        assert line[1] == "application/json"
        assert set(json.loads(line[2])) == {"result", "error", "detail"}
        assert ("hdr Retry-After 1" in line[3]) == (status == 503)


def commands() -> Iterator[list[str]]:
    """Give the arguments of `python -m system component` in each container that runs it."""
    for service in COMPOSE["services"].values():
        words = shlex.split(VARIABLE.sub(r"\2", service["command"]))
        if words[:4] == ["python", "-m", "system", "component"]:
            yield words[4:]


@pytest.mark.parametrize("words", list(commands()), ids=lambda words: words[0])
def test_each_component_is_started_by_an_existing_command(words: list[str]) -> None:
    name, *options = words
    component.commands[name].make_context(name, options)


def test_the_commands_read_every_variable_that_is_set() -> None:
    options = [option for command in component.commands.values() for option in command.params]
    read = {option.envvar for option in options if isinstance(option, click.Option)}
    assert set(COMPOSE["x-part"]["environment"]) <= read
    image = re.findall(r"(STATEFUN_BENCH_\w+)=", (ROOT / "Dockerfile").read_text())
    assert set(image) <= read


def test_the_dockerfile_names_no_host() -> None:
    assert "://" not in (ROOT / "Dockerfile").read_text()


def test_without_a_container_engine_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(engine.NoEngine, match=r"install Docker Engine .* or podman .* and podman-compose"):
        engine.find()
