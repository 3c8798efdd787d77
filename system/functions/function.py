"""Stateful function: a record in, a state and a record out; used by StateFun's binding and in process."""

import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import time_ns
from typing import Generic, NamedTuple, Protocol, TypeVar

from google.protobuf.message import DecodeError

from system.functions import create, replies, user
from system.functions.create import Initialisation
from system.functions.replies import FunctionReply
from system.functions.state import CreateState, UserState
from system.wire.topics import USER_EVENTS, USERS
from system.wire.users_pb2 import CreateUserRequest, Initialise, UserRequest, UserResponse

_log = logging.getLogger(__name__)


class Drops:
    """Counts of dropped records by reason; the 1st, 2nd, 4th, 8th, ... of a reason is logged."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def count(self, reason: str, address: str) -> None:
        """Count a dropped record for the function with id *address*."""
        self._counts[reason] += 1
        dropped = self._counts[reason]
        if dropped & dropped - 1 == 0:  # so that a flood of garbage does not flood the log
            _log.warning("dropped a record to %.40r: %s (%d so far)", address, reason, dropped)

    def by_reason(self) -> Mapping[str, int]:
        """Return the number of dropped records per reason."""
        return dict(self._counts)


MAX_ADDRESS_LENGTH = 32_768
"""Most characters of a request id or reply key; the broker could refuse a longer reply as too large."""


class Record(NamedTuple):
    """A record to be written."""

    topic: str
    key: str
    value: bytes


class State(Protocol):
    """The state of a function."""

    def encode(self) -> bytes:
        """Return the state as bytes."""


StateT = TypeVar("StateT", bound=State)
RequestT = TypeVar("RequestT", UserRequest, CreateUserRequest)
DecideUser = Callable[[str, UserState | None, UserRequest], tuple[UserState | None, FunctionReply]]


@dataclass(frozen=True, slots=True)
class Function(Generic[StateT, RequestT]):
    """A stateful function: its type of request, its decision, and the decoder of its state."""

    request: type[RequestT]
    decide: Callable[[str, StateT | None, RequestT], tuple[StateT | None, FunctionReply | Initialisation]]
    decode: Callable[[bytes], StateT]

    def apply(
        self, function_id: str, state: StateT | None, value: bytes, drops: Drops
    ) -> tuple[StateT | None, Record | None]:
        """Return the state after the record *value*, and the record to write; never raise."""
        received_ns = time_ns()
        request = self.request()
        try:
            request.ParseFromString(value)
            after, decision = self.decide(function_id, state, request)
        except DecodeError:  # fields before the fault, often the reply address, are set
            after, decision = state, replies.UNREADABLE
        except Exception:  # noqa: BLE001  one request must not fail its batch, which Flink would repeat for ever
            _log.exception("the function failed on a request to %.40r", function_id)
            after, decision = state, replies.NOT_APPLIED
        return after, _record(function_id, request, decision, received_ns, drops)

    def refuse(self, function_id: str, value: bytes, reply: FunctionReply, drops: Drops) -> Record | None:
        """Return the record with which *reply* answers the record *value*, without a look at the state."""
        received_ns = time_ns()
        request = self.request()
        with contextlib.suppress(DecodeError):
            request.ParseFromString(value)
        return _record(function_id, request, reply, received_ns, drops)


def _record(
    function_id: str,
    request: UserRequest | CreateUserRequest,
    decision: FunctionReply | Initialisation,
    received_ns: int,
    drops: Drops,
) -> Record | None:
    request_id, reply_key = request.request_id, request.reply_key
    if len(request_id) > MAX_ADDRESS_LENGTH or len(reply_key) > MAX_ADDRESS_LENGTH:
        drops.count("address_too_long", function_id)
        reply_key = ""
    if isinstance(decision, Initialisation):
        return initialisation(decision.user_id, request_id if reply_key else "", reply_key)
    if reply_key:
        return _reply(request_id, reply_key, decision, received_ns)
    if decision.status >= replies.UNREADABLE.status:
        drops.count("no_reply_address", function_id)
    return None


def initialisation(user_id: str, request_id: str, reply_key: str) -> Record:
    """Return the record that creates a user, which then answers."""
    request = UserRequest(request_id=request_id, reply_key=reply_key, initialise=Initialise())
    return Record(USERS, user_id, request.SerializeToString())


def _reply(request_id: str, reply_key: str, reply: FunctionReply, received_ns: int) -> Record:
    response = UserResponse(
        request_id=request_id,
        result=reply.body,
        status=reply.status,
        received_ns=received_ns,
        answered_ns=time_ns(),
    )
    return Record(USER_EVENTS, reply_key, response.SerializeToString())


def user_function(decide: DecideUser = user.decide) -> Function[UserState, UserRequest]:
    """Return the function that reads the topic `users`."""
    return Function(UserRequest, decide, UserState.decode)


def create_function() -> Function[CreateState, CreateUserRequest]:
    """Return the function that reads the topic `users-create`."""
    return Function(CreateUserRequest, create.decide, CreateState.decode)
