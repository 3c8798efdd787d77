"""Records of the endpoint: requests to the functions, and the replies decoded from `user-events`."""

from typing import NamedTuple

from google.protobuf.message import DecodeError

from system.clients.protocol import SendFailure
from system.endpoint.http.errors import ErrorCode
from system.wire.users_pb2 import (
    Add,
    BatchProgress,
    Create,
    CreateUserRequest,
    Find,
    Initialise,
    LookUp,
    Remove,
    ReserveBatch,
    Subtract,
    UserRequest,
    UserResponse,
)

Request = UserRequest | CreateUserRequest
"""A request to a function; its request id and reply key are set when it is sent."""


def find() -> UserRequest:
    """Return a request for a user's credit."""
    return UserRequest(find=Find())


def remove(key_hash: bytes) -> UserRequest:
    """Return a request to remove a user."""
    return UserRequest(idempotency_key=key_hash, remove=Remove())


def add(amount: int, key_hash: bytes) -> UserRequest:
    """Return a request to raise a user's credit."""
    return UserRequest(idempotency_key=key_hash, add=Add(amount=amount))


def subtract(amount: int, key_hash: bytes) -> UserRequest:
    """Return a request to lower a user's credit."""
    return UserRequest(idempotency_key=key_hash, subtract=Subtract(amount=amount))


def initialise(credit: int, batch: int) -> UserRequest:
    """Return a request to set a user's credit as a part of a batch."""
    return UserRequest(initialise=Initialise(credit=credit, batch=batch))


def look_up_user(key_hash: bytes) -> UserRequest:
    """Return a request for the outcome of a keyed request to a user."""
    return UserRequest(idempotency_key=key_hash, look_up=LookUp())


def create(key_hash: bytes) -> CreateUserRequest:
    """Return a request to create a user."""
    return CreateUserRequest(idempotency_key=key_hash, create=Create())


def reserve_batch(count: int, credit: int, key_hash: bytes) -> CreateUserRequest:
    """Return a request to reserve the ids 0..count-1 and number the batch."""
    return CreateUserRequest(idempotency_key=key_hash, reserve_batch=ReserveBatch(count=count, credit=credit))


def batch_progress(done: int, key_hash: bytes) -> CreateUserRequest:
    """Return a request to note that the users 0..done-1 of a batch have their credit."""
    return CreateUserRequest(idempotency_key=key_hash, batch_progress=BatchProgress(done=done))


def look_up_create(key_hash: bytes) -> CreateUserRequest:
    """Return a request for the outcome of a keyed request to the create function."""
    return CreateUserRequest(idempotency_key=key_hash, look_up=LookUp())


class Reply(NamedTuple):
    """A function's reply: HTTP status, unchanged body, and the times at which it passed each hop.

    Times are wall clock, ns since the epoch; one host keeps them all. (A named tuple, since there is one per
    request and a frozen dataclass costs several times as much.)
    """

    request_id: str
    status: int
    body: bytes
    received_ns: int
    answered_ns: int
    arrived_ns: int


class NoReply(NamedTuple):
    """Why there is no reply to a request: the error code and detail of the HTTP response."""

    error: ErrorCode
    detail: str


Outcome = Reply | SendFailure


class UnreadableReply(Exception):
    """A record in `user-events` that is not a reply."""


def decode_reply(value: bytes, arrived_ns: int) -> Reply:
    """Decode a record of `user-events`; raise `UnreadableReply` if it is not a reply."""
    try:
        response = UserResponse.FromString(value)
    except DecodeError as error:
        raise UnreadableReply(str(error)) from error
    status = response.status
    if not 200 <= status <= 599:
        raise UnreadableReply(f"status {status} is not an HTTP status; 200..599 are")
    return Reply(
        response.request_id,
        status,
        response.result.encode(),
        response.received_ns,
        response.answered_ns,
        arrived_ns,
    )
