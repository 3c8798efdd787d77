"""`list` and `doctor`: the parts of the project, and which of them can run here."""

import json
from collections.abc import Callable

import click

from benchmarks import availability
from benchmarks.availability import Availability
from benchmarks.profile import find_profile, profile_names, read_profile
from loadtests.scenarios.catalogue import scenarios

Row = dict[str, object]


def profile_rows() -> list[Row]:
    """Return every profile."""
    profiles = {name: read_profile(find_profile(name)) for name in profile_names()}
    return [{"name": name, "description": profile.description} for name, profile in profiles.items()]


def scenario_rows() -> list[Row]:
    """Return every scenario and where it is defined."""
    return [{"name": name, "defined_in": place} for name, place in scenarios().items()]


def server_rows() -> list[Row]:
    """Return every server."""
    return [one.as_dict() for one in availability.servers()]


def client_rows() -> list[Row]:
    """Return every client."""
    return [one.as_dict() for one in availability.clients()]


LISTS: dict[str, Callable[[], list[Row]]] = {
    "profiles": profile_rows,
    "servers": server_rows,
    "clients": client_rows,
    "scenarios": scenario_rows,
}


@click.command("list")
@click.argument("what", type=click.Choice(list(LISTS)))
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list of objects.")
def listing(what: str, *, as_json: bool) -> None:
    """List profiles, servers, clients or scenarios."""
    rows = LISTS[what]()
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    for row in rows:
        print("  ".join(str(value) for value in row.values() if value is not None))


@click.command()
def doctor() -> None:
    """Check which servers and clients can run on this machine, and what to install for the others."""
    for title, found in (("servers", availability.servers()), ("clients", availability.clients())):
        print(f"{title}:")
        for one in found:
            print(f"  {line_of(one)}")


def line_of(one: Availability) -> str:
    """Return the availability of a part in one line."""
    if not one.available:
        return f"{one.name}: {one.reason}"
    holds = f", holds {one.capacity}" if one.capacity else ""
    return f"{one.name} {one.version}: ready{holds}"
