"""The broker's settings, and what a probe of it sees."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from system.processes.component import READY
from system.runtime import jvm, kafka
from system.runtime.layout import Layout, refusal


@contextmanager
def server_that_answers(answer: bytes) -> Iterator[str]:
    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(100)
            connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


def test_an_answer_of_kafka_is_ready() -> None:
    with server_that_answers(bytes([0, 0, 0, 200, 0, 0, 0, 1, 0, 0]) + bytes(100)) as address:
        assert kafka.probe(address) == READY


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", bytes([0, 0, 0, 6, 0, 0, 0, 1, 0, 35])]
)
def test_any_other_answer_is_told(answer: bytes) -> None:
    with server_that_answers(answer) as address:
        assert kafka.probe(address).startswith(f"{address}: not an answer of Kafka")


def test_a_refused_connection_is_told() -> None:
    assert "refused" in kafka.probe("127.0.0.1:1")


def test_the_broker_listens_on_loopback_only_and_makes_no_topic_unasked() -> None:
    rendered = kafka.render(kafka.KafkaSettings(Layout(Path("/data")), port=9092, controller_port=9093))
    lines = dict(line.split("=", 1) for line in rendered.splitlines())
    assert lines["listeners"] == "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093"
    assert lines["log.dirs"] == "/data/kafka"
    assert lines["auto.create.topics.enable"] == "false"


def test_a_broker_in_a_container_is_told_the_same_but_for_where_it_listens() -> None:
    here = kafka.KafkaSettings(Layout(Path("/data")), port=9092, controller_port=9093)
    there = replace(here, host="kafka", bind_host="0.0.0.0")
    differing = set(kafka.render(there).splitlines()) - set(kafka.render(here).splitlines())
    assert differing == {
        "listeners=PLAINTEXT://0.0.0.0:9092,CONTROLLER://127.0.0.1:9093",
        "advertised.listeners=PLAINTEXT://kafka:9092",
    }


def test_what_latin_1_has_not_is_escaped_as_java_reads_it() -> None:
    assert (
        jvm.render_properties({"folder": "/a b/ü/\U0001f600\\"}) == "folder=/a b/\\u00fc/\\ud83d\\ude00\\\\\n"
    )


@pytest.mark.parametrize("root", ["/da,ta", "/da#ta", "/da:ta", "/da\nta"])
def test_a_data_dir_that_cannot_be_written_into_the_settings_is_refused(root: str) -> None:
    assert "has" in (refusal(Path(root)) or "")


def test_a_data_dir_may_have_spaces_and_any_letters() -> None:
    assert refusal(Path("/home/Zoë Doe/$x/100%")) is None
