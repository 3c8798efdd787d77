"""The scenarios by name; each is imported when it is used."""

from importlib import import_module
from importlib.metadata import entry_points

from loadtests.scenarios.protocol import Scenario

ENTRY_POINTS = "statefun_bench.scenarios"
"""The group of entry points through which another package adds a scenario."""

SCENARIOS = {
    "mixed": "loadtests.scenarios.mixed:Mixed",
    "read-mostly": "loadtests.scenarios.read_mostly:ReadMostly",
    "credit": "loadtests.scenarios.credit:Credit",
    "find": "loadtests.scenarios.find:Find",
    "create": "loadtests.scenarios.create:Create",
    "hot-user": "loadtests.scenarios.hot_user:HotUser",
    "checkout": "loadtests.scenarios.checkout:Checkout",
    "idempotent-retry": "loadtests.scenarios.idempotent_retry:IdempotentRetry",
}


class UnknownScenario(Exception):
    """A scenario name that is not in the catalogue."""


def scenarios() -> dict[str, str]:
    """Return every scenario, including those of other packages, as name -> `module:class`."""
    return {point.name: point.value for point in entry_points(group=ENTRY_POINTS)} | SCENARIOS


def load_scenario(name: str) -> type[Scenario]:
    """Import the scenario called *name*."""
    rows = scenarios()
    if name not in rows:
        raise UnknownScenario(f"scenario {name!r} is not known; choose one of {', '.join(rows)}")
    module, _, attribute = rows[name].partition(":")
    scenario: type[Scenario] = getattr(import_module(module), attribute)
    return scenario
