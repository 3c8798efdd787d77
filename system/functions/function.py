"""From a record to what is written because of it: what Flink's binding and the in-process one share."""

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
    """Counts the records that were dropped, and logs each reason less and less often the more there are."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def count(self, reason: str, address: str) -> None:
        """Note that a record to the function with id *address* was dropped."""
        self._counts[reason] += 1
        dropped = self._counts[reason]
        if dropped & dropped - 1 == 0:  # 1, 2, 4, 8, ...: a flood of garbage does not become a flood of lines
            _log.warning("dropped a record to %.40r: %s (%d so far)", address, reason, dropped)

    def by_reason(self) -> Mapping[str, int]:
        """Return how many records were dropped for each reason."""
        return dict(self._counts)


MAX_ADDRESS_LENGTH = 32_768
"""Characters of a request id or reply key; the broker could refuse the reply to a longer one as too large."""


class Record(NamedTuple):
    """A record to be written."""

    topic: str
    key: str
    value: bytes


class State(Protocol):
    """What a function remembers."""

    def encode(self) -> bytes:
        """Return the bytes that it is kept as."""


StateT = TypeVar("StateT", bound=State)
RequestT = TypeVar("RequestT", UserRequest, CreateUserRequest)
DecideUser = Callable[[str, UserState | None, UserRequest], tuple[UserState | None, FunctionReply]]


@dataclass(frozen=True, slots=True)
class Function(Generic[StateT, RequestT]):
    """A stateful function: the requests it takes, how it decides, and how its state is read."""

    request: type[RequestT]
    decide: Callable[[str, StateT | None, RequestT], tuple[StateT | None, FunctionReply | Initialisation]]
    decode: Callable[[bytes], StateT]

    def apply(
        self, function_id: str, state: StateT | None, value: bytes, drops: Drops
    ) -> tuple[StateT | None, Record | None]:
        """Return the state after the record *value*, and what is to be written because of it; never raise."""
        received_ns = time_ns()
        request = self.request()
        try:
            request.ParseFromString(value)
            after, decision = self.decide(function_id, state, request)
        except DecodeError:  # what was read before the fault, often the reply address, is in the request
            after, decision = state, replies.UNREADABLE
        except Exception:  # noqa: BLE001  one request must not stop the others, nor be tried again for ever
            _log.exception("the function failed on a request to %.40r", function_id)
            after, decision = state, replies.NOT_APPLIED
        return after, _written(function_id, request, decision, received_ns, drops)


def _written(
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
        return _answer(request_id, reply_key, decision, received_ns)
    if decision.status >= replies.UNREADABLE.status:
        drops.count("no_reply_address", function_id)
    return None


def initialisation(user_id: str, request_id: str, reply_key: str) -> Record:
    """Return the record that brings a user into being, and has it answer."""
    request = UserRequest(request_id=request_id, reply_key=reply_key, initialise=Initialise())
    return Record(USERS, user_id, request.SerializeToString())


def _answer(request_id: str, reply_key: str, reply: FunctionReply, received_ns: int) -> Record:
    response = UserResponse(
        request_id=request_id,
        result=reply.body,
        status=reply.status,
        received_ns=received_ns,
        answered_ns=time_ns(),
    )
    return Record(USER_EVENTS, reply_key, response.SerializeToString())


def user_function(decide: DecideUser = user.decide) -> Function[UserState, UserRequest]:
    """Return the function behind the topic `users`."""
    return Function(UserRequest, decide, UserState.decode)


def create_function() -> Function[CreateState, CreateUserRequest]:
    """Return the function behind the topic `users-create`."""
    return Function(CreateUserRequest, create.decide, CreateState.decode)
