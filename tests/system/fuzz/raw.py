"""Connections on which arbitrary bytes are sent."""

import socket
from dataclasses import dataclass

TIMEOUT_S = 5.0


@dataclass(frozen=True)
class RawAnswer:
    """The status of each answer on a connection, and its *end*: closed, reset or silent."""

    statuses: tuple[int, ...]
    end: str


def send_raw(address: str, sent: bytes) -> RawAnswer:
    """Send bytes on a new connection, close its writing side, and read to the end."""
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port)), TIMEOUT_S) as connection:
        received = b""
        try:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65_536):
                received += part
        except TimeoutError:
            return RawAnswer(_statuses(received), "silent")
        except OSError:
            return RawAnswer(_statuses(received), "reset")
    return RawAnswer(_statuses(received), "closed")


def _statuses(received: bytes) -> tuple[int, ...]:
    lines = (line.split(b" ", 2) for line in received.split(b"\r\n") if line.startswith(b"HTTP/1."))
    return tuple(int(parts[1]) for parts in lines if len(parts) > 1 and parts[1].isdigit())


def request(method: str, path: str | bytes, *fields: str | bytes, body: bytes = b"") -> bytes:
    """Return a request with `Connection: close`, its parts unchanged."""
    target = path if isinstance(path, bytes) else path.encode()
    head = [field if isinstance(field, bytes) else field.encode("latin1") for field in fields]
    length = [b"Content-Length: %d" % len(body)] if body else []
    lines = [method.encode() + b" " + target + b" HTTP/1.1", b"Host: x", b"Connection: close", *head, *length]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body
