"""Declarations of the servers."""

import pytest

from system.servers.catalogue import SERVERS
from system.servers.declaration import ONE_AT_A_TIME, DeclaredServer
from system.servers.protocol import Launch, Serving

SERVING = Serving("package.module:factory", "127.0.0.1", 4711, processes=3, threads=7)

ONE_REQUEST_PER_PROCESS = {"gunicorn-sync", "gunicorn-meinheld", "meinheld", "bjoern", "fastpysgi"}


def absent(
    distribution: str = "absent-server", module: str = "no_such_package.server", build: str = ""
) -> DeclaredServer:
    return DeclaredServer(
        name="absent",
        distribution=distribution,
        module=module,
        build=build,
        start=lambda _serving: Launch(("absent",)),
        configure=lambda _serving: {},
        concurrency=ONE_AT_A_TIME,
        install="pip install absent-server",
    )


def test_thirteen_servers_are_listed_under_their_own_names() -> None:
    assert len(list(SERVERS)) == 13
    assert all(SERVERS.load(name).name == name for name in SERVERS)


@pytest.mark.parametrize("name", list(SERVERS))
def test_every_setting_has_its_documented_default(name: str) -> None:
    server = SERVERS.load(name)
    assert server.settings(SERVING).keys() == server.defaults.keys()


@pytest.mark.parametrize("name", list(SERVERS))
def test_a_command_has_application_address_and_processes(name: str) -> None:
    command = " ".join(SERVERS.load(name).launch(SERVING).command)
    assert all(part in command for part in ("package.module:factory", "127.0.0.1", "4711", "3"))


@pytest.mark.parametrize("name", list(SERVERS))
def test_capacity_grows_with_processes_and_with_threads_if_those_are_used(name: str) -> None:
    server = SERVERS.load(name)
    assert server.capacity(3, 7) == 3 * server.capacity(1, 7)
    assert (server.capacity(1, 7) == 1) == (name in ONE_REQUEST_PER_PROCESS)


@pytest.mark.parametrize(("processes", "threads"), [(0, 1), (1, 0)])
def test_less_than_one_process_or_thread_is_refused(processes: int, threads: int) -> None:
    refusal = SERVERS.load("granian").refusal(processes, threads)
    assert refusal is not None
    assert "at least 1" in refusal


def test_a_server_whose_package_is_missing_is_refused_with_what_to_install() -> None:
    refusal = absent().refusal(1, 1)
    assert refusal is not None
    assert all(part in refusal for part in ("'absent'", "absent-server", "pip install absent-server"))


def test_a_server_that_needs_another_build_than_the_one_installed_is_refused_with_it() -> None:
    refusal = absent("pytest", "pytest", build="+repaired").unavailable()
    assert refusal is not None
    assert "needs the package pytest built as +repaired: pip install absent-server" in refusal
    assert absent("pytest", "pytest", build=pytest.__version__).unavailable() is None


def test_a_module_without_a_package_has_no_known_build() -> None:
    assert absent("absent-server", "pytest").unavailable() is None
    assert absent("absent-server", "pytest", build="+repaired").unavailable() is not None


def test_blocking_and_cooperative_meinheld_differ_in_their_capacity_model() -> None:
    models = {name: SERVERS.load(name).capacity_model for name in SERVERS if "meinheld" in name}
    assert models == {
        "gunicorn-meinheld": "processes (blocking)",
        "meinheld": "processes (blocking)",
        "meinheld-cooperative": "processes x 500 greenlets (cooperative)",
    }
