"""A faulty double of the functions: it applies every hundredth addition twice, and replies as if once."""

from itertools import count

from system.functions import user
from system.functions.server import make_app
from system.functions.state import UserState
from system.functions.user import Decision
from system.wire.users_pb2 import UserRequest

EVERY = 100

_additions = count(1)


def decide(user_id: str, state: UserState | None, request: UserRequest) -> Decision:
    after, reply = user.decide(user_id, state, request)
    if request.HasField("add") and after is not state and next(_additions) % EVERY == 0:
        after, _ = user.decide(user_id, after, UserRequest(add=request.add))
    return after, reply


app = make_app(decide_user=decide)
