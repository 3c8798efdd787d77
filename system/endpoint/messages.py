"""The records that the endpoint writes: what each asks of which function, without its request id."""

from system.wire.users_pb2 import (
    Add,
    Create,
    CreateUserRequest,
    Find,
    Initialise,
    LookUp,
    Remove,
    ReserveBatch,
    Subtract,
    UserRequest,
)

Request = UserRequest | CreateUserRequest


def find() -> UserRequest:
    """Ask for a user's credit."""
    return UserRequest(find=Find())


def remove(key_hash: bytes) -> UserRequest:
    """Remove a user."""
    return UserRequest(idempotency_key=key_hash, remove=Remove())


def add(amount: int, key_hash: bytes) -> UserRequest:
    """Raise a user's credit."""
    return UserRequest(idempotency_key=key_hash, add=Add(amount=amount))


def subtract(amount: int, key_hash: bytes) -> UserRequest:
    """Lower a user's credit."""
    return UserRequest(idempotency_key=key_hash, subtract=Subtract(amount=amount))


def initialise(credit: int, batch: int) -> UserRequest:
    """Set a user's credit as a part of a batch."""
    return UserRequest(initialise=Initialise(credit=credit, batch=batch))


def look_up_user(key_hash: bytes) -> UserRequest:
    """Ask a user what became of a keyed request."""
    return UserRequest(idempotency_key=key_hash, look_up=LookUp())


def create(key_hash: bytes) -> CreateUserRequest:
    """Make a user."""
    return CreateUserRequest(idempotency_key=key_hash, create=Create())


def reserve_batch(count: int, credit: int, key_hash: bytes) -> CreateUserRequest:
    """Reserve the ids 0..count-1 and number the batch."""
    return CreateUserRequest(idempotency_key=key_hash, reserve_batch=ReserveBatch(count=count, credit=credit))


def look_up_create(key_hash: bytes) -> CreateUserRequest:
    """Ask the create function what became of a keyed request."""
    return CreateUserRequest(idempotency_key=key_hash, look_up=LookUp())
