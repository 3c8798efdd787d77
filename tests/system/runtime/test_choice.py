"""Which endpoint is meant, and which cannot be had."""

import pytest

from system.baselines.catalogue import BASELINES
from system.catalogue import UnknownPart
from system.runtime.choice import Asked, CombinationRefused, choose


def test_what_is_left_open_is_chosen() -> None:
    choice = choose(Asked())
    chosen = (choice.server.name, choice.client.name, choice.processes, choice.threads)
    assert chosen == ("granian", "confluent-kafka", 1, 64)


def test_what_is_asked_for_is_taken() -> None:
    choice = choose(Asked(server="gunicorn-gthread", client="kafka-python", processes=2, threads=8))
    chosen = (choice.server.name, choice.client.name, choice.processes, choice.threads)
    assert chosen == ("gunicorn-gthread", "kafka-python", 2, 8)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (Asked(server="nope"), "WSGI server 'nope' is not known; choose one of gunicorn-sync,"),
        (Asked(client="nope"), "Kafka client 'nope' is not known; choose one of confluent-kafka,"),
        (Asked(baseline="nope"), "baseline 'nope' is not known; choose one of seed_2020"),
    ],
)
def test_an_unknown_name_is_refused_with_those_there_are(asked: Asked, said: str) -> None:
    with pytest.raises(UnknownPart, match=said):
        choose(asked)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (Asked(client="memory", processes=2), "memory keeps its users in one process; --processes 2"),
        (Asked(processes=33), "--processes 33 is more than there are reply partitions; use at most 32"),
        (Asked(processes=0), "processes is 0; a server needs at least 1"),
        (Asked(baseline="seed_2020", client="kafka-python"), "baseline seed_2020 fixes server, client"),
    ],
)
def test_what_cannot_be_had_is_refused_with_the_reason(asked: Asked, said: str) -> None:
    with pytest.raises(CombinationRefused, match=said):
        choose(asked)


def test_a_baseline_is_taken_as_it_stands() -> None:
    baseline = BASELINES["seed_2020"]
    choice = choose(Asked(baseline="seed_2020"))
    chosen = (choice.server.name, choice.client.name, choice.processes, choice.threads, choice.app)
    assert chosen == (baseline.server, baseline.client, baseline.processes, baseline.threads, baseline.app)
