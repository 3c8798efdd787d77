"""docker-compose.yml as a file: what every container of it has, and that it says nothing unknown."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from compose_pydantic import models

from system.cli.component import component
from tests.containers import engine
from tests.containers.deployment import SERVICES

ROOT = Path(__file__).parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
VARIABLE = re.compile(r"\$\{(\w+):-([^}]*)\}")
EACH = pytest.mark.parametrize("service", COMPOSE["services"].values(), ids=COMPOSE["services"])


def test_it_is_what_the_schema_of_compose_files_allows() -> None:
    # The schema allows keys of one's own, x-..., which the classes made from it know nothing of.
    known = {key: value for key, value in COMPOSE.items() if not key.startswith("x-")}
    models.ComposeSpecification.model_validate(known)
    with pytest.raises(ValueError, match="memory"):
        models.ComposeSpecification.model_validate({"services": {"kafka": {"memory": "1g"}}})


def test_it_has_all_parts() -> None:
    assert set(COMPOSE["services"]) == set(SERVICES)


@EACH
def test_every_container_has_a_health_check_a_bound_of_memory_and_no_privileges(
    service: dict[str, Any],
) -> None:
    assert service["healthcheck"]["test"]
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
    assert service["cap_drop"] == ["ALL"]
    assert "privileged" not in service


@EACH
def test_what_is_published_is_published_on_loopback(service: dict[str, Any]) -> None:
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_what_is_chosen_by_variables_has_the_makefiles_names_and_defaults() -> None:
    chosen = dict(VARIABLE.findall((ROOT / "docker-compose.yml").read_text()))
    made = dict(re.findall(r"^(\w+) \?= (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE))
    ports = {"ENDPOINT_PORT": "5000", "FLINK_PORT": "8081", "LOCUST_PORT": "8089"}
    names = ("SERVER", "CLIENT", "PROCESSES", "THREADS", "SCENARIO")
    assert chosen == ports | {name: made[name] for name in names}


def commands() -> Iterator[list[str]]:
    """Give what follows `python -m system component` in each container that runs a part of ours."""
    for service in COMPOSE["services"].values():
        words = shlex.split(VARIABLE.sub(r"\2", service["command"]))
        if words[:4] == ["python", "-m", "system", "component"]:
            yield words[4:]


@pytest.mark.parametrize("words", list(commands()), ids=lambda words: words[0])
def test_each_part_of_ours_is_started_by_a_command_that_there_is(words: list[str]) -> None:
    name, *options = words
    component.commands[name].make_context(name, options)


def test_the_environment_says_what_the_commands_read() -> None:
    options = [option for command in component.commands.values() for option in command.params]
    read = {option.envvar for option in options if isinstance(option, click.Option)}
    assert set(COMPOSE["x-part"]["environment"]) <= read
    told = re.findall(r"(STATEFUN_BENCH_\w+)=", (ROOT / "Dockerfile").read_text())
    assert set(told) <= read


def test_the_image_names_no_host() -> None:
    assert "://" not in (ROOT / "Dockerfile").read_text()


def test_where_nothing_runs_containers_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(engine.NoEngine, match=r"install Docker Engine .* or podman .* and podman-compose"):
        engine.find()
