"""State machine of the single create function: a pure function of its state and a request.

It does not answer a create. It writes an initialisation to the topic `users`, and the new user answers, after
the initialisation in its own history.
"""

from dataclasses import replace
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
    replace_keyed,
)
from system.wire.users_pb2 import CreateUserRequest, ReserveBatch

FUNCTION_ID = "create"

_CREATE, _RESERVE = 1, 2
_DONE = 0
_PARTS = 15
"""The verdict of a batch is its progress in parts of the whole, from 0 (reserved) to 15 (done)."""
_MAX_BATCH = 2**32 - 1
_COUNT_BITS = 32


class Initialisation(NamedTuple):
    """The record to write to the topic `users`: it creates the user, which then answers."""

    user_id: str


Decision = tuple[CreateState | None, FunctionReply | Initialisation]


def decide(function_id: str, state: CreateState | None, request: CreateUserRequest) -> Decision:
    """Return the state after *request*, and the reply or initialisation to write.

    There is one create function; a record with another key than its id creates nothing.
    """
    operation = request.WhichOneof("operation")
    if operation is None or function_id != FUNCTION_ID:
        return state, replies.UNREADABLE
    current = state or CreateState()
    if operation == "look_up":
        entry = find_keyed(current.window, request.idempotency_key)
        return state, replies.UNKNOWN_REQUEST if entry is None else _outcome(entry)
    if operation == "reserve_batch":
        return _reserve(current, request.idempotency_key, request.reserve_batch)
    if operation == "batch_progress":
        return _note_progress(current, request.idempotency_key, request.batch_progress.done)
    return _create(current, request.idempotency_key)


def _create(state: CreateState, key: bytes) -> Decision:
    earlier = find_keyed(state.window, key) if key else None
    if earlier is not None:
        return state, replies.CONFLICT if earlier.operation != _CREATE else _outcome(earlier)
    if state.next_id > MAX_ID:
        return state, replies.EXHAUSTED
    return _accept(
        state.next_id + 1, state.last_batch, state, key, KeyedOutcome(_CREATE, _DONE, 0, state.next_id)
    )


def _reserve(state: CreateState, key: bytes, request: ReserveBatch) -> Decision:
    """Number a batch and reserve its ids.

    A refusal depends on the request alone, so the window does not keep it.
    """
    if not 0 <= request.credit <= MAX_CREDIT:
        return state, replies.INVALID_AMOUNT
    if request.count > MAX_COUNT:
        return state, replies.INVALID_COUNT
    earlier = find_keyed(state.window, key) if key else None
    if earlier is not None:
        same = earlier.operation == _RESERVE and (earlier.amount, _count(earlier)) == (
            request.credit,
            request.count,
        )
        return state, _outcome(earlier) if same else replies.CONFLICT
    if state.last_batch >= _MAX_BATCH:
        return state, replies.EXHAUSTED
    batch = state.last_batch + 1
    entry = KeyedOutcome(_RESERVE, _DONE, request.credit, batch << _COUNT_BITS | request.count)
    return _accept(max(state.next_id, request.count), batch, state, key, entry)


def _note_progress(state: CreateState, key: bytes, done: int) -> Decision:
    """Keep the progress of a batch with its key; less than what is known changes nothing."""
    entry = find_keyed(state.window, key) if key else None
    if entry is None or entry.operation != _RESERVE:
        return state, replies.UNKNOWN_REQUEST
    count = _count(entry)
    noted = entry._replace(verdict=_PARTS if done >= count else done * _PARTS // count)
    if noted.verdict <= entry.verdict:
        return state, _outcome(entry)
    return replace(state, window=replace_keyed(state.window, key, noted)), _outcome(noted)


def _accept(next_id: int, batch: int, before: CreateState, key: bytes, entry: KeyedOutcome) -> Decision:
    window = append_keyed(before.window, key, entry) if key else before.window
    return CreateState(next_id, batch, window), _outcome(entry)


def _count(entry: KeyedOutcome) -> int:
    return entry.result & (1 << _COUNT_BITS) - 1


def _outcome(entry: KeyedOutcome) -> FunctionReply | Initialisation:
    """Return the decision that *entry* records, for the request, its repeat or its look-up."""
    if entry.operation == _CREATE:
        return Initialisation(str(entry.result))
    count = _count(entry)
    return replies.batch(entry.result >> _COUNT_BITS, count, entry.amount, count * entry.verdict // _PARTS)
