import pytest

from benchmarks import availability
from benchmarks.results.store.schema import Cell, Load
from system.catalogue import UnknownPart
from system.clients.catalogue import CLIENTS

CELL = Cell(
    name="a",
    server="gunicorn-gthread",
    client="confluent-kafka",
    processes=2,
    threads=8,
    scenario="mixed",
    load=Load(kind="closed", users=4),
)


def test_a_cell_whose_parts_are_installed_is_not_refused() -> None:
    assert availability.refusal(CELL) is None


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ("server", "WSGI server 'nope' is not known; choose one of gunicorn-sync, "),
        ("client", "Kafka client 'nope' is not known; choose one of confluent-kafka, "),
        ("scenario", "scenario 'nope' is not known; choose one of mixed, "),
        ("baseline", "baseline 'nope' is not known; choose one of seed_2020"),
    ],
)
def test_an_unknown_name_is_answered_with_those_there_are(part: str, message: str) -> None:
    with pytest.raises(UnknownPart) as caught:
        availability.refusal(CELL.model_copy(update={part: "nope"}))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"client": "memory"}, "client memory keeps its users in one process; --processes 2 has to be 1"),
        ({"processes": 33}, "--processes 33 is more than there are reply partitions; use at most 32"),
        ({"client": "pykafka"}, "pykafka"),
        ({"processes": 0}, "processes is 0; a server needs at least 1"),
    ],
)
def test_a_combination_that_cannot_work_is_refused_with_the_reason(
    change: dict[str, object], message: str
) -> None:
    assert message in (availability.refusal(CELL.model_copy(update=change)) or "")


def test_a_client_that_does_not_work_as_the_servers_handlers_wait_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(CLIENTS.load("aiokafka"), "waitings", frozenset({"thread"}))
    reason = availability.refusal(CELL.model_copy(update={"server": "gunicorn-gevent", "client": "aiokafka"}))
    assert reason == "client aiokafka works where handlers wait by thread; in gunicorn-gevent by gevent"


def test_a_distribution_that_is_not_there_has_no_version_and_a_part_without_one_is_built_in() -> None:
    assert availability.installed("surely-not-installed") is None
    assert availability.installed(None) == availability.BUILT_IN


def test_the_settings_in_force_tell_the_capacity() -> None:
    assert availability.settings(CELL).capacity == 16


def test_every_server_and_client_of_the_catalogues_is_listed_and_says_what_it_lacks() -> None:
    for one in [*availability.servers(), *availability.clients()]:
        assert one.available is (one.reason is None)
