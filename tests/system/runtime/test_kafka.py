"""The broker's settings, and its probe."""

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


def test_a_kafka_response_is_ready() -> None:
    with server_that_answers(bytes([0, 0, 0, 200, 0, 0, 0, 1, 0, 0]) + bytes(100)) as address:
        assert kafka.probe(address) == READY


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", bytes([0, 0, 0, 6, 0, 0, 0, 1, 0, 35])]
)
def test_any_other_response_is_reported(answer: bytes) -> None:
    with server_that_answers(answer) as address:
        assert kafka.probe(address).startswith(f"{address}: not a Kafka response")


def test_a_refused_connection_is_reported() -> None:
    assert "refused" in kafka.probe("127.0.0.1:1")


def test_the_broker_listens_on_loopback_only_and_creates_no_topics_by_itself() -> None:
    rendered = kafka.render(kafka.KafkaSettings(Layout(Path("/data")), port=9092, controller_port=9093))
    lines = dict(line.split("=", 1) for line in rendered.splitlines())
    assert lines["listeners"] == "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093"
    assert lines["log.dirs"] == "/data/kafka"
    assert lines["auto.create.topics.enable"] == "false"


def test_a_broker_in_a_container_differs_only_in_its_addresses() -> None:
    local = kafka.KafkaSettings(Layout(Path("/data")), port=9092, controller_port=9093)
    container = replace(local, host="kafka", bind_host="0.0.0.0")
    differing = set(kafka.render(container).splitlines()) - set(kafka.render(local).splitlines())
    assert differing == {
        "listeners=PLAINTEXT://0.0.0.0:9092,CONTROLLER://127.0.0.1:9093",
        "advertised.listeners=PLAINTEXT://kafka:9092",
    }


def test_characters_outside_ascii_are_escaped() -> None:
    assert (
        jvm.render_properties({"folder": "/a b/ü/\U0001f600\\"}) == "folder=/a b/\\u00fc/\\ud83d\\ude00\\\\\n"
    )


@pytest.mark.parametrize("root", ["/da,ta", "/da#ta", "/da:ta", "/da\nta"])
def test_a_data_dir_that_the_settings_files_cannot_contain_is_refused(root: str) -> None:
    assert "has" in (refusal(Path(root)) or "")


def test_a_data_dir_may_have_spaces_and_any_letters() -> None:
    assert refusal(Path("/home/Zoë Doe/$x/100%")) is None
