"""Requests that schemathesis makes of the service's own description, valid ones and invalid ones."""

import os
from collections.abc import Callable
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance

from system.endpoint.http.openapi import description

AnyCase = Case[Any]
AnyOperation = APIOperation[Any, Any, Any, Any]

SEED = 2020
USERS = 20
"""The users that there are, and the largest batch: what a million are is another test's matter."""

SCALE = int(os.environ.get("FUZZ_SCALE", "1"))
"""How many times more examples than `make test` has; `make fuzz` sets it."""

SCHEMA = schemathesis.openapi.from_dict(description())
OPERATIONS: dict[str, AnyOperation] = {
    result.ok().definition.raw["operationId"]: result.ok()
    for result in SCHEMA.get_all_operations()
    if isinstance(result, Ok)
}
MODES = {"valid": GenerationMode.POSITIVE, "invalid": GenerationMode.NEGATIVE}


def can_be_invalid(operation: AnyOperation) -> bool:
    """Return whether the description forbids anything to a caller: of plain strings, all are valid."""
    return any(
        parameter["schema"] != {"type": "string"} for parameter in operation.definition.raw["parameters"]
    )


COMBINATIONS = [
    (name, mode)
    for name, operation in OPERATIONS.items()
    for mode in MODES
    if mode == "valid" or can_be_invalid(operation)
]


def for_each_case(name: str, mode: str, examples: int, try_one: Callable[[AnyCase], None]) -> None:
    """Call *try_one* with *examples* requests of the operation *name*, the same ones each time."""

    @seed(SEED)
    @settings(
        max_examples=examples * SCALE,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=OPERATIONS[name].as_strategy(MODES[mode]))
    def run(case: AnyCase) -> None:
        try_one(aimed(case))

    run()


def aimed(case: AnyCase) -> AnyCase:
    """Keep a batch small where it would be accepted, and let every second user be one that there is."""
    count, user_id = (case.path_parameters.get(name) for name in ("count", "user_id"))
    if isinstance(count, int) and count > USERS:
        case.path_parameters["count"] = 1 + count % USERS
    if isinstance(user_id, str) and len(user_id) % 2 == 0:
        case.path_parameters["user_id"] = str(len(user_id) % USERS)
    return case


def validate(case: AnyCase, **where: Any) -> None:
    """Send *case* and hold the answer against the description.

    That what is valid is accepted cannot be asked: there may be no such user, or not enough credit.
    """
    case.call_and_validate(excluded_checks=[positive_data_acceptance], **where)
