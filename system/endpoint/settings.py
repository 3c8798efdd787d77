"""Settings of an endpoint process, read from its environment."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from system.clients.catalogue import CLIENTS
from system.concurrency import Waiting

DEADLINE_S = 10.0

VARIABLE = "ENDPOINT_SETTINGS"
"""The environment variable that carries the settings, as JSON."""


class SettingsError(Exception):
    """Missing, malformed or contradictory settings; the message names every problem."""


class EndpointSettings(BaseModel):
    """The settings of one endpoint process.

    *max_waiting* is its number of places for waiting requests. On *health_port* of *health_host*, all
    processes answer health checks; with None there is no such port.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    client: str
    kafka: Annotated[str, Field(pattern=r"^[^\s:]+:[0-9]{1,5}$")]
    claims_dir: Path
    waiting: Waiting
    deadline_s: Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)] = DEADLINE_S
    max_waiting: Annotated[int, Field(ge=1, le=1_000_000)] = 64
    health_host: str = "127.0.0.1"
    health_port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    processes: Annotated[int, Field(ge=1)] = 1

    @field_validator("client")
    @classmethod
    def _is_a_client(cls, name: str) -> str:
        if name not in CLIENTS:
            raise ValueError(f"not a known Kafka client; choose one of {', '.join(CLIENTS)}")
        return name


def read_settings(environment: Mapping[str, str]) -> EndpointSettings:
    """Return the settings in *environment*; raise `SettingsError` with all their problems."""
    text = environment.get(VARIABLE)
    if text is None:
        raise SettingsError(f"{VARIABLE} is not set; it carries the endpoint's settings as JSON")
    try:
        return EndpointSettings.model_validate_json(text)
    except ValidationError as error:
        raise SettingsError(f"{VARIABLE}: {_problems(error)}") from error


def _problems(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, problem['loc'])) or 'the whole'} = {problem['input']!r}: {problem['msg']}"
        for problem in error.errors()
    )
