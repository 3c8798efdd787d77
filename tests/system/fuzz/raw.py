"""Bytes as nobody's HTTP library would send them, and what comes back."""

import socket
from dataclasses import dataclass

WITHIN_S = 5.0


@dataclass(frozen=True)
class Heard:
    """The status of each answer on a connection; the *end* of it: closed, reset, or silence."""

    statuses: tuple[int, ...]
    end: str


def say(address: str, sent: bytes) -> Heard:
    """Send bytes on a connection of their own, say that no more come, and listen to the end."""
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port)), WITHIN_S) as connection:
        heard = b""
        try:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65_536):
                heard += part
        except TimeoutError:
            return Heard(_statuses(heard), "silent")
        except OSError:
            return Heard(_statuses(heard), "reset")
    return Heard(_statuses(heard), "closed")


def _statuses(heard: bytes) -> tuple[int, ...]:
    lines = (line.split(b" ", 2) for line in heard.split(b"\r\n") if line.startswith(b"HTTP/1."))
    return tuple(int(parts[1]) for parts in lines if len(parts) > 1 and parts[1].isdigit())


def request(method: str, path: str | bytes, *fields: str | bytes, body: bytes = b"") -> bytes:
    """Return a request that asks for the end of the connection; what is in it is sent as it is."""
    target = path if isinstance(path, bytes) else path.encode()
    head = [field if isinstance(field, bytes) else field.encode("latin1") for field in fields]
    length = [b"Content-Length: %d" % len(body)] if body else []
    lines = [method.encode() + b" " + target + b" HTTP/1.1", b"Host: x", b"Connection: close", *head, *length]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body
