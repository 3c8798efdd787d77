import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from system.functions.function import (
    MAX_ADDRESS_LENGTH,
    Drops,
    Function,
    Record,
    create_function,
    user_function,
)
from system.functions.state import CreateState, UserState
from system.functions.user import Decision
from system.wire.users_pb2 import (
    Add,
    BatchProgress,
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

BROKERS_LIMIT_BYTES = 2**20
SIGNED, UNSIGNED = st.integers(-(2**63), 2**63 - 1), st.integers(0, 2**64 - 1)
TEXT = st.text(st.characters(codec="utf-8"), max_size=40)
STATES = st.builds(UserState, st.integers(0, 2**63 - 1), UNSIGNED, st.booleans(), st.just(b""))
USERS = st.one_of(
    st.tuples(TEXT, st.none()), st.tuples(st.just("7"), STATES)
)  # only assigned ids get a state
ADDRESSED = st.fixed_dictionaries(
    {"request_id": TEXT, "reply_key": TEXT, "idempotency_key": st.binary(max_size=40)}
)
USER_REQUESTS = st.builds(
    lambda address, operation: UserRequest(**address, **operation),
    ADDRESSED,
    st.one_of(
        st.builds(lambda amount: {"add": Add(amount=amount)}, SIGNED),
        st.builds(lambda amount: {"subtract": Subtract(amount=amount)}, SIGNED),
        st.builds(lambda c, b: {"initialise": Initialise(credit=c, batch=b)}, SIGNED, UNSIGNED),
        st.sampled_from([{"remove": Remove()}, {"find": Find()}, {"look_up": LookUp()}, {}]),
    ),
)
CREATE_REQUESTS = st.builds(
    lambda address, operation: CreateUserRequest(**address, **operation),
    ADDRESSED,
    st.one_of(
        st.builds(lambda n, c: {"reserve_batch": ReserveBatch(count=n, credit=c)}, UNSIGNED, SIGNED),
        st.builds(lambda done: {"batch_progress": BatchProgress(done=done)}, UNSIGNED),
    ),
)
USER_RECORDS = st.one_of(st.binary(), USER_REQUESTS.map(UserRequest.SerializeToString))
CREATE_RECORDS = st.one_of(st.binary(), CREATE_REQUESTS.map(CreateUserRequest.SerializeToString))
GARBAGE = [b"\xff", b"\x0a\xff\xff", b"\x0a\x02\xff\xfe", b"\x42"]


def reply_of(record: Record | None) -> UserResponse:
    assert record is not None
    return UserResponse.FromString(record.value)


@given(USERS, USER_RECORDS)
def test_any_record_leaves_a_user_valid(user: tuple[str, UserState | None], value: bytes) -> None:
    user_id, state = user
    after, written = user_function().apply(user_id, state, value, Drops())
    if after is not None:
        assert UserState.decode(after.encode()) == after
    if written is not None:
        json.loads(reply_of(written).result)


@given(UNSIGNED, st.integers(0, 2**32 - 1), CREATE_RECORDS)
def test_any_record_leaves_the_create_function_valid(next_id: int, batch: int, value: bytes) -> None:
    after, _ = create_function().apply("create", CreateState(next_id, batch), value, Drops())
    assert after is not None
    assert CreateState.decode(after.encode()) == after


@pytest.mark.parametrize("tail", GARBAGE)
@pytest.mark.parametrize("function", [user_function(), create_function()])
def test_an_unreadable_record_is_answered_if_its_address_is_readable(
    function: Function[UserState, UserRequest], tail: bytes
) -> None:
    address = UserRequest(request_id="r1", reply_key="5").SerializeToString()
    drops = Drops()
    after, written = function.apply("create", None, address + tail, drops)
    assert after is None
    assert written is not None
    assert written.key == "5"
    assert (reply_of(written).request_id, reply_of(written).status) == ("r1", 400)
    assert drops.by_reason() == {}


@pytest.mark.parametrize("value", [*GARBAGE, b""])
def test_a_record_without_an_address_is_dropped_and_counted(value: bytes) -> None:
    drops = Drops()
    assert user_function().apply("7", None, value, drops) == (None, None)
    assert drops.by_reason() == {"no_reply_address": 1}


def test_a_record_without_reply_key_that_succeeds_is_no_drop() -> None:
    drops = Drops()
    value = UserRequest(initialise=Initialise(credit=5, batch=1)).SerializeToString()
    assert user_function().apply("7", None, value, drops) == (UserState(5, 1), None)
    assert drops.by_reason() == {}


@pytest.mark.parametrize("field", ["request_id", "reply_key"])
def test_an_address_too_long_for_the_broker_is_not_answered(field: str) -> None:
    drops = Drops()
    request = UserRequest(request_id="1", reply_key="1", find=Find())
    setattr(request, field, "x" * (MAX_ADDRESS_LENGTH + 1))
    assert user_function().apply("7", UserState(5), request.SerializeToString(), drops) == (
        UserState(5),
        None,
    )
    assert drops.by_reason()["address_too_long"] == 1


def test_the_longest_address_is_answered_within_the_brokers_limit() -> None:
    longest = "\U0001f600" * MAX_ADDRESS_LENGTH
    value = UserRequest(request_id=longest, reply_key=longest, find=Find()).SerializeToString()
    _, written = user_function().apply("7", UserState(5), value, Drops())
    assert written is not None
    assert len(written.value) + len(written.key.encode()) < BROKERS_LIMIT_BYTES


def test_an_exception_in_a_function_is_answered_and_changes_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def faulty(user_id: str, state: UserState | None, request: UserRequest) -> Decision:
        raise ZeroDivisionError

    value = UserRequest(request_id="r1", reply_key="5", add=Add(amount=1)).SerializeToString()
    after, written = user_function(faulty).apply("7", UserState(5), value, Drops())
    assert after == UserState(5)
    assert reply_of(written).status == 503
    assert "ZeroDivisionError" in caplog.text


def test_of_a_thousand_drops_ten_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    drops = Drops()
    for _ in range(1000):
        drops.count("no_reply_address", "7")
    assert drops.by_reason() == {"no_reply_address": 1000}
    assert len(caplog.records) == 10
