"""What can become of a request that was sent: a reply, or the reason why there is none."""

from typing import NamedTuple

from google.protobuf.message import DecodeError

from system.clients.protocol import SendFailure
from system.endpoint.http.errors import ErrorCode
from system.wire.users_pb2 import UserResponse


class Reply(NamedTuple):
    """A function's reply: the HTTP status, the body as it came, and when it passed each hop.

    The times are wall clock, ns since the epoch; one host keeps them all. (A named tuple, because one is
    made for each request, and a frozen dataclass costs several times as much.)
    """

    request_id: str
    status: int
    body: bytes
    received_ns: int
    answered_ns: int
    arrived_ns: int


class NoReply(NamedTuple):
    """Why there is no reply to a request, as the caller is told it."""

    error: ErrorCode
    detail: str


Outcome = Reply | SendFailure


class Unreadable(Exception):
    """A record on the reply topic that is no reply."""


def read_reply(value: bytes, arrived_ns: int) -> Reply:
    """Decode a record of the reply topic; raise `Unreadable` where it is none."""
    try:
        response = UserResponse.FromString(value)
    except DecodeError as error:
        raise Unreadable(str(error)) from error
    status = response.status
    if not 200 <= status <= 599:
        raise Unreadable(f"status {status} is not an HTTP status; 200..599 are")
    return Reply(
        response.request_id,
        status,
        response.result.encode(),
        response.received_ns,
        response.answered_ns,
        arrived_ns,
    )
