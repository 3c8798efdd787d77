import json
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from system.functions.replies import FunctionReply
from system.functions.state import MAX_CREDIT, UserState
from system.functions.user import decide, is_user_id
from system.wire.users_pb2 import Add, Find, Initialise, LookUp, Remove, Subtract, UserRequest

AMOUNTS = st.sampled_from([0, 1, 2, 5, 100, MAX_CREDIT - 1, MAX_CREDIT, -1, -(2**63)])
CREDITS = st.sampled_from([0, 1, 5, MAX_CREDIT - 5, MAX_CREDIT])
CHANGES = st.one_of(
    st.builds(lambda amount: UserRequest(add=Add(amount=amount)), AMOUNTS),
    st.builds(lambda amount: UserRequest(subtract=Subtract(amount=amount)), AMOUNTS),
    st.just(UserRequest(remove=Remove())),
)
REQUESTS = st.one_of(
    CHANGES,
    st.just(UserRequest(find=Find())),
    st.builds(
        lambda credit, batch: UserRequest(initialise=Initialise(credit=credit, batch=batch)),
        AMOUNTS,
        st.integers(0, 3),
    ),
)
KEY = b"the-key!"


def keyed(request: UserRequest, key: bytes = KEY) -> UserRequest:
    copy = UserRequest(idempotency_key=key)
    copy.MergeFrom(request)
    return copy


def look_up(key: bytes = KEY) -> UserRequest:
    return UserRequest(look_up=LookUp(), idempotency_key=key)


def run(state: UserState | None, *requests: UserRequest) -> tuple[UserState | None, FunctionReply]:
    assert requests
    for request in requests:
        state, reply = decide("7", state, request)
    return state, reply


def error(reply: FunctionReply) -> str:
    code: str = json.loads(reply.body)["error"]
    return code


@given(st.lists(st.one_of(REQUESTS, REQUESTS.map(keyed)), max_size=30))
def test_the_credit_stays_between_0_and_the_limit(history: list[UserRequest]) -> None:
    state: UserState | None = None
    for request in history:
        state, reply = decide("7", state, request)
        assert state is None or 0 <= state.credit <= MAX_CREDIT
        json.loads(reply.body)


@given(CREDITS, st.lists(CHANGES, max_size=30))
def test_only_changes_answered_with_200_are_applied(credit: int, history: list[UserRequest]) -> None:
    state: UserState | None = UserState(credit)
    expected: int | None = credit
    for request in history:
        state, reply = decide("7", state, request)
        if reply.status == 200 and request.HasField("remove"):
            expected = None
        elif reply.status == 200 and expected is not None:
            expected += request.add.amount - request.subtract.amount
            assert json.loads(reply.body)["credit"] == expected
    _, found = run(state, UserRequest(find=Find()))
    assert (found.status, json.loads(found.body).get("credit")) == (
        404 if expected is None else 200,
        expected,
    )


@pytest.mark.parametrize(
    ("credit", "request_", "status", "code"),
    [
        (5, UserRequest(subtract=Subtract(amount=6)), 400, "insufficient_credit"),
        (5, UserRequest(add=Add(amount=MAX_CREDIT - 4)), 400, "credit_limit"),
        (5, UserRequest(add=Add(amount=-1)), 400, "invalid_amount"),
        (5, UserRequest(subtract=Subtract(amount=-(2**63))), 400, "invalid_amount"),
        (5, UserRequest(), 400, "unknown_route"),
        (5, look_up(), 404, "invalid_id"),
        (5, UserRequest(initialise=Initialise(credit=-1, batch=9)), 400, "invalid_amount"),
    ],
)
def test_a_refused_request_changes_nothing(
    credit: int, request_: UserRequest, status: int, code: str
) -> None:
    state = UserState(credit)
    after, reply = run(state, request_)
    assert after is state
    assert (reply.status, error(reply)) == (status, code)


@given(st.one_of(CHANGES, CHANGES.map(keyed), st.just(UserRequest(find=Find())), st.just(look_up())))
def test_a_user_that_never_existed_is_unknown_and_leaves_no_state(request: UserRequest) -> None:
    after, reply = run(None, request)
    assert after is None
    assert (reply.status, error(reply)) == (404, "unknown_user")


@pytest.mark.parametrize("user_id", ["007", "-1", "abc", "", "٣", "1_0", " 1", str(2**63), "1" * 10_000])
def test_an_id_that_cannot_be_assigned_is_unknown(user_id: str) -> None:
    assert not is_user_id(user_id)
    after, reply = decide(user_id, None, UserRequest(initialise=Initialise(credit=1, batch=1)))
    assert after is None
    assert error(reply) == "unknown_user"


@given(st.integers(0, 2**63 - 1))
def test_a_decimal_number_is_an_id(number: int) -> None:
    assert is_user_id(str(number))


def test_the_bodies_are_those_of_the_documentation() -> None:
    state, reply = run(None, UserRequest(initialise=Initialise()))
    assert reply == (201, '{"user_id": "7"}')
    assert run(state, UserRequest(find=Find()))[1] == (200, '{"user_id": "7", "credit": 0}')
    state, reply = run(state, UserRequest(add=Add(amount=5)))
    assert reply == (200, '{"result": "success", "user_id": "7", "credit": 5}')
    assert run(state, UserRequest(remove=Remove()))[1] == (200, '{"result": "success"}')


@given(st.one_of(st.none(), st.builds(UserState, CREDITS)), st.lists(REQUESTS, max_size=10))
def test_a_second_initialisation_changes_nothing_and_gets_the_same_reply(
    before: UserState | None, history: list[UserRequest]
) -> None:
    create = UserRequest(initialise=Initialise())
    state, first = run(before, create)
    state, _ = run(state, create, *history)
    assert decide("7", state, create) == (state, first)


def test_a_batch_sets_the_credit_once_and_revives_a_removed_user() -> None:
    batch = UserRequest(initialise=Initialise(credit=3, batch=2))
    tombstone, _ = run(None, UserRequest(initialise=Initialise()), UserRequest(remove=Remove()))
    revived, reply = run(tombstone, batch)
    assert reply == (200, '{"user_id": "7", "credit": 3}')
    spent, _ = run(revived, UserRequest(subtract=Subtract(amount=3)))
    assert run(spent, batch) == (spent, reply)
    assert run(spent, UserRequest(initialise=Initialise(credit=9, batch=1)))[0] is spent


def test_a_tombstone_remembers_its_batch() -> None:
    batch = UserRequest(initialise=Initialise(credit=3, batch=2))
    tombstone, _ = run(None, batch, UserRequest(remove=Remove()))
    assert run(tombstone, batch)[0] is tombstone


@given(
    CREDITS,
    CHANGES,
    st.lists(st.one_of(REQUESTS, REQUESTS.map(lambda r: keyed(r, b"another!"))), max_size=10),
)
def test_a_repeat_gets_the_same_reply_and_changes_nothing(
    credit: int, request: UserRequest, later: list[UserRequest]
) -> None:
    state, first = run(UserState(credit), keyed(request))
    for other in later:
        state, _ = run(state, other)
    assert run(state, keyed(request)) == (state, first)
    assert run(state, look_up()) == (state, first)


@given(CHANGES, st.sampled_from([0, 1, 999, 1000]), st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_a_repeat_is_recognised_across_1000_later_keyed_requests(
    request: UserRequest, later: int, random: Random
) -> None:
    state, first = run(UserState(500), keyed(request))
    for number in range(later):
        other = UserRequest(idempotency_key=number.to_bytes(8, "big"), add=Add(amount=random.randint(-1, 9)))
        state, _ = run(state, other)
    assert run(state, keyed(request)) == (state, first)
    assert state is not None
    assert len(state.encode()) <= 25 * 1024


@given(CREDITS, CHANGES, CHANGES)
def test_a_key_used_for_another_request_is_a_conflict(
    credit: int, request: UserRequest, other: UserRequest
) -> None:
    state, first = run(UserState(credit), keyed(request))
    after, reply = run(state, keyed(other))
    assert after is state
    assert reply == first if other == request else error(reply) == "idempotency_conflict"
