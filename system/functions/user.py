"""State machine of a user: a pure function of its state and a request."""

from collections.abc import Callable
from dataclasses import replace

from system.functions import replies
from system.functions.replies import FunctionReply
from system.functions.state import MAX_CREDIT, MAX_ID, KeyedOutcome, UserState, append_keyed, find_keyed
from system.wire.users_pb2 import Initialise, UserRequest

Decision = tuple[UserState | None, FunctionReply]

_ADD, _SUBTRACT, _REMOVE = 1, 2, 3
_DONE, _UNKNOWN_USER, _INVALID_AMOUNT, _INSUFFICIENT_CREDIT, _CREDIT_LIMIT = range(5)


def decide(user_id: str, state: UserState | None, request: UserRequest) -> Decision:
    """Return the state after *request*, and the reply.

    If nothing changed, the same *state* object is returned; None is a user that never existed.
    """
    operation = request.WhichOneof("operation")
    if operation is None:
        return state, replies.UNREADABLE
    if operation == "initialise":
        return _initialise(user_id, state, request.initialise)
    if state is None:
        return None, replies.UNKNOWN_USER
    if operation == "find":
        return state, replies.UNKNOWN_USER if state.removed else replies.found(user_id, state.credit)
    if operation == "look_up":
        return state, _look_up(user_id, state, request.idempotency_key)
    return _change(user_id, state, request.idempotency_key, *_operation_and_amount(operation, request))


def is_user_id(text: str) -> bool:
    """Return whether *text* can be an assigned id: a decimal number without leading zeros."""
    return (
        len(text) <= 19
        and text.isascii()
        and text.isdigit()
        and text == str(int(text))
        and int(text) <= MAX_ID
    )


def _initialise(user_id: str, state: UserState | None, request: Initialise) -> Decision:
    """Create the user once; a newer batch sets the credit of any user, even of a removed one."""
    if not is_user_id(user_id):
        return state, replies.UNKNOWN_USER
    if request.credit < 0:
        return state, replies.INVALID_AMOUNT
    reply = replies.found(user_id, request.credit) if request.batch else replies.created(user_id)
    if state is None:
        return UserState(request.credit, request.batch), reply
    if request.batch > state.last_batch:
        return UserState(request.credit, request.batch, removed=False, window=state.window), reply
    return state, reply


def _look_up(user_id: str, state: UserState, key: bytes) -> FunctionReply:
    entry = find_keyed(state.window, key)
    return replies.UNKNOWN_REQUEST if entry is None else _reply(user_id, entry)


def _operation_and_amount(operation: str, request: UserRequest) -> tuple[int, int]:
    if operation == "add":
        return _ADD, request.add.amount
    if operation == "subtract":
        return _SUBTRACT, request.subtract.amount
    return _REMOVE, 0


def _change(user_id: str, state: UserState, key: bytes, operation: int, amount: int) -> Decision:
    """Apply a change, unless the window has *key*: then it was applied before."""
    earlier = find_keyed(state.window, key) if key else None
    if earlier is None:
        after, entry = _apply(state, operation, amount)
        if key:
            after = replace(after, window=append_keyed(state.window, key, entry))
        return after, _reply(user_id, entry)
    if (earlier.operation, earlier.amount) != (operation, amount):
        return state, replies.CONFLICT
    return state, _reply(user_id, earlier)


def _apply(state: UserState, operation: int, amount: int) -> tuple[UserState, KeyedOutcome]:
    """Return the state after a change, and the window's entry for it."""
    verdict = _judge(state, operation, amount)
    if verdict != _DONE:
        return state, KeyedOutcome(operation, verdict, amount, state.credit)
    credit = _CREDIT_AFTER[operation](state.credit, amount)
    after = UserState(credit, state.last_batch, operation == _REMOVE, state.window)
    return after, KeyedOutcome(operation, _DONE, amount, credit)


_CREDIT_AFTER: dict[int, Callable[[int, int], int]] = {
    _ADD: lambda credit, amount: credit + amount,
    _SUBTRACT: lambda credit, amount: credit - amount,
    _REMOVE: lambda _credit, _amount: 0,
}


def _judge(state: UserState, operation: int, amount: int) -> int:
    if state.removed:
        return _UNKNOWN_USER
    if amount < 0:
        return _INVALID_AMOUNT
    if operation == _SUBTRACT and amount > state.credit:
        return _INSUFFICIENT_CREDIT
    if operation == _ADD and amount > MAX_CREDIT - state.credit:
        return _CREDIT_LIMIT
    return _DONE


def _reply(user_id: str, entry: KeyedOutcome) -> FunctionReply:
    """Return the reply that *entry* records, for the change, its repeat or its look-up."""
    if entry.verdict == _DONE:
        return replies.REMOVED if entry.operation == _REMOVE else replies.changed(user_id, entry.result)
    if entry.verdict == _INSUFFICIENT_CREDIT:
        return replies.insufficient_credit(entry.result, entry.amount)
    if entry.verdict == _CREDIT_LIMIT:
        return replies.credit_limit(entry.result, entry.amount)
    return replies.UNKNOWN_USER if entry.verdict == _UNKNOWN_USER else replies.INVALID_AMOUNT
