"""The state machine of the lone create function: a pure function of its state and a request.

It never answers a create itself: it has the user initialised, and the user answers from behind the
initialisation in its own history.
"""

from typing import NamedTuple

from system.functions import replies
from system.functions.replies import FunctionReply
from system.functions.state import (
    MAX_COUNT,
    MAX_CREDIT,
    MAX_ID,
    CreateState,
    KeyedOutcome,
    append_keyed,
    find_keyed,
)
from system.wire.users_pb2 import CreateUserRequest, ReserveBatch

FUNCTION_ID = "create"

_CREATE, _RESERVE = 1, 2
_DONE = 0
_MAX_BATCH = 2**32 - 1
_COUNT_BITS = 32


class Initialisation(NamedTuple):
    """What is to be written to the topic `users`: the user that is to come into being, and to answer."""

    user_id: str


Decision = tuple[CreateState | None, FunctionReply | Initialisation]


def decide(function_id: str, state: CreateState | None, request: CreateUserRequest) -> Decision:
    """Return the state that *request* leads to, and what is to be written because of it.

    There is one create function; a record with another key than its id gives out nothing.
    """
    operation = request.WhichOneof("operation")
    if operation is None or function_id != FUNCTION_ID:
        return state, replies.UNREADABLE
    known = state or CreateState()
    if operation == "look_up":
        entry = find_keyed(known.window, request.idempotency_key)
        return state, replies.UNKNOWN_REQUEST if entry is None else _outcome(entry)
    if operation == "reserve_batch":
        return _reserve(known, request.idempotency_key, request.reserve_batch)
    return _create(known, request.idempotency_key)


def _create(state: CreateState, key: bytes) -> Decision:
    earlier = find_keyed(state.window, key) if key else None
    if earlier is not None:
        return state, replies.CONFLICT if earlier.operation != _CREATE else _outcome(earlier)
    if state.next_id > MAX_ID:
        return state, replies.EXHAUSTED
    return _accept(
        state.next_id + 1, state.last_batch, state, key, KeyedOutcome(_CREATE, _DONE, 0, state.next_id)
    )


def _reserve(state: CreateState, key: bytes, asked: ReserveBatch) -> Decision:
    """Number a batch and keep its ids from being given out.

    What is wrong with a batch can be seen from the request alone, so the window need not remember it.
    """
    if not 0 <= asked.credit <= MAX_CREDIT:
        return state, replies.INVALID_AMOUNT
    if asked.count > MAX_COUNT:
        return state, replies.INVALID_COUNT
    earlier = find_keyed(state.window, key) if key else None
    if earlier is not None:
        same = earlier.operation == _RESERVE and (earlier.amount, _count(earlier)) == (
            asked.credit,
            asked.count,
        )
        return state, _outcome(earlier) if same else replies.CONFLICT
    if state.last_batch >= _MAX_BATCH:
        return state, replies.EXHAUSTED
    batch = state.last_batch + 1
    entry = KeyedOutcome(_RESERVE, _DONE, asked.credit, batch << _COUNT_BITS | asked.count)
    return _accept(max(state.next_id, asked.count), batch, state, key, entry)


def _accept(next_id: int, batch: int, before: CreateState, key: bytes, entry: KeyedOutcome) -> Decision:
    kept = append_keyed(before.window, key, entry) if key else before.window
    return CreateState(next_id, batch, kept), _outcome(entry)


def _count(entry: KeyedOutcome) -> int:
    return entry.result & (1 << _COUNT_BITS) - 1


def _outcome(entry: KeyedOutcome) -> FunctionReply | Initialisation:
    """Return what the request led to of which *entry* is the record, whether now or asked for again."""
    if entry.operation == _CREATE:
        return Initialisation(str(entry.result))
    return replies.reserved(entry.result >> _COUNT_BITS, _count(entry))
