"""The endpoint that options select, and the combinations that are refused."""

from pathlib import Path

import pytest

from system.baselines.catalogue import BASELINES
from system.catalogue import UnknownPart
from system.runtime import components
from system.runtime.endpoint_choice import CombinationRefused, EndpointOptions, choose


def test_options_that_are_left_out_have_defaults() -> None:
    choice = choose(EndpointOptions())
    chosen = (choice.server.name, choice.client.name, choice.processes, choice.threads)
    assert chosen == ("granian", "confluent-kafka", 1, 64)


def test_given_options_are_used() -> None:
    choice = choose(EndpointOptions(server="gunicorn-gthread", client="kafka-python", processes=2, threads=8))
    chosen = (choice.server.name, choice.client.name, choice.processes, choice.threads)
    assert chosen == ("gunicorn-gthread", "kafka-python", 2, 8)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (EndpointOptions(server="nope"), "WSGI server 'nope' is not known; choose one of gunicorn-sync,"),
        (EndpointOptions(client="nope"), "Kafka client 'nope' is not known; choose one of confluent-kafka,"),
        (EndpointOptions(baseline="nope"), "baseline 'nope' is not known; choose one of seed_2020"),
    ],
)
def test_an_unknown_name_is_refused_with_the_known_ones(options: EndpointOptions, message: str) -> None:
    with pytest.raises(UnknownPart, match=message):
        choose(options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            EndpointOptions(client="memory", processes=2),
            "memory keeps its users in one process; --processes 2",
        ),
        (
            EndpointOptions(processes=33),
            "--processes 33 is more than there are reply partitions; use at most 32",
        ),
        (EndpointOptions(processes=0), "processes is 0; a server needs at least 1"),
        (
            EndpointOptions(baseline="seed_2020", client="kafka-python"),
            "baseline seed_2020 fixes server, client",
        ),
    ],
)
def test_a_combination_that_cannot_work_is_refused_with_the_reason(
    options: EndpointOptions, message: str
) -> None:
    with pytest.raises(CombinationRefused, match=message):
        choose(options)


def test_a_baseline_sets_all_options() -> None:
    baseline = BASELINES["seed_2020"]
    choice = choose(EndpointOptions(baseline="seed_2020"))
    chosen = (choice.server.name, choice.client.name, choice.processes, choice.threads, choice.app)
    assert chosen == (baseline.server, baseline.client, baseline.processes, baseline.threads, baseline.app)


@pytest.mark.parametrize(
    ("options", "places", "launched"),
    [
        (EndpointOptions(), 64, 72),
        (EndpointOptions(server="gunicorn-gthread", threads=1), 1, 9),
        (EndpointOptions(server="gunicorn-gthread", threads=8, max_waiting=4), 4, 16),
        (EndpointOptions(server="gunicorn-gevent", threads=8), 1000, 2000),
        (EndpointOptions(server="gunicorn-sync", threads=8), 1, 8),
        (EndpointOptions(baseline="bare", threads=8), 8, 8),
    ],
)
def test_a_server_is_started_with_spare_threads_beyond_its_places(
    options: EndpointOptions, places: int, launched: int
) -> None:
    choice = choose(options)
    assert (choice.max_waiting, choice.launched_threads) == (places, launched)


def test_the_limits_reach_the_endpoint(tmp_path: Path) -> None:
    choice = choose(EndpointOptions(threads=8, deadline_s=2.5, max_waiting=4, health_port=7))
    settings = components.endpoint_settings(choice, "kafka:9092", tmp_path, "127.0.0.2")
    assert (settings.deadline_s, settings.max_waiting) == (2.5, 4)
    assert (settings.health_host, settings.health_port) == ("127.0.0.2", 7)
