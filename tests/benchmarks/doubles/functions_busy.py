"""A double of the functions that is busy for 2 ms with each request of a user: a planted slow-down."""

import time

from system.functions import user
from system.functions.server import make_app
from system.functions.state import UserState
from system.functions.user import Decision
from system.protobuf.users_pb2 import UserRequest

BUSY_S = 0.002


def decide(user_id: str, state: UserState | None, request: UserRequest) -> Decision:
    until = time.perf_counter() + BUSY_S
    while time.perf_counter() < until:
        pass
    return user.decide(user_id, state, request)


app = make_app(decide_user=decide)
