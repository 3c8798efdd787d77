import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from system.servers.launchers.draining import end_connections

ENDED, OPEN = b"", None


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
def accepted(listener: socket.socket) -> Iterator[tuple[socket.socket, socket.socket]]:
    with socket.create_connection(listener.getsockname()) as client:
        server, _ = listener.accept()
        with server:
            server.settimeout(0)
            yield server, client


def read(connection: socket.socket) -> bytes | None:
    try:
        return connection.recv(100)
    except BlockingIOError:
        return OPEN


def test_the_server_reads_the_end_of_a_connection_and_can_still_answer(
    listener: socket.socket, accepted: tuple[socket.socket, socket.socket]
) -> None:
    server, client = accepted
    assert read(server) is OPEN
    end_connections(listener.getsockname()[1])
    assert read(server) == ENDED
    server.sendall(b"answer")
    assert client.recv(100) == b"answer"


def test_bytes_that_have_arrived_are_still_read(
    listener: socket.socket, accepted: tuple[socket.socket, socket.socket]
) -> None:
    server, client = accepted
    client.sendall(b"request")
    while server.recv(1, socket.MSG_PEEK | socket.MSG_WAITALL) != b"r":
        pass
    end_connections(listener.getsockname()[1])
    assert (read(server), read(server)) == (b"request", ENDED)


def test_connections_to_other_ports_and_the_listening_socket_stay(
    listener: socket.socket, accepted: tuple[socket.socket, socket.socket]
) -> None:
    end_connections(1)
    assert read(accepted[0]) is OPEN
    end_connections(listener.getsockname()[1])
    with socket.create_connection(listener.getsockname()):
        listener.accept()[0].close()


def test_no_descriptor_is_left_open(listener: socket.socket) -> None:
    before = len(list(Path("/dev/fd").iterdir()))
    end_connections(listener.getsockname()[1])
    assert len(list(Path("/dev/fd").iterdir())) == before
