import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from system.functions.create import Decision, Initialisation, decide
from system.functions.replies import FunctionReply
from system.functions.state import MAX_COUNT, MAX_CREDIT, MAX_ID, CreateState
from system.wire.users_pb2 import BatchProgress, Create, CreateUserRequest, LookUp, ReserveBatch

KEY = b"the-key!"
KEYS = st.sampled_from([b"", KEY, b"another!"])
COUNTS = st.sampled_from([0, 1, 3, 10, MAX_COUNT, MAX_COUNT + 1, 2**64 - 1])
CREDITS = st.sampled_from([0, 1, MAX_CREDIT, -1])


def create(key: bytes = b"") -> CreateUserRequest:
    return CreateUserRequest(create=Create(), idempotency_key=key)


def reserve(count: int, credit: int = 0, key: bytes = b"") -> CreateUserRequest:
    return CreateUserRequest(reserve_batch=ReserveBatch(count=count, credit=credit), idempotency_key=key)


def look_up(key: bytes = KEY) -> CreateUserRequest:
    return CreateUserRequest(look_up=LookUp(), idempotency_key=key)


def progress(done: int, key: bytes = KEY) -> CreateUserRequest:
    return CreateUserRequest(batch_progress=BatchProgress(done=done), idempotency_key=key)


def done_of(decision: FunctionReply | Initialisation) -> int:
    assert isinstance(decision, FunctionReply)
    done: int = json.loads(decision.body)["done"]
    return done


REQUESTS = st.one_of(st.builds(create, KEYS), st.builds(reserve, COUNTS, CREDITS, KEYS))


def run(state: CreateState | None, *requests: CreateUserRequest) -> Decision:
    assert requests
    for request in requests:
        state, decision = decide("create", state, request)
    return state, decision


def error(decision: FunctionReply | Initialisation) -> str:
    assert isinstance(decision, FunctionReply)
    code: str = json.loads(decision.body)["error"]
    return code


@given(st.lists(REQUESTS, max_size=30))
def test_an_id_is_assigned_once_and_never_from_a_reserved_batch(history: list[CreateUserRequest]) -> None:
    state: CreateState | None = None
    assigned: set[str] = set()
    reserved = 0
    keys: set[bytes] = set()
    for request in history:
        state, decision = decide("create", state, request)
        repeat = request.idempotency_key in keys
        if isinstance(decision, Initialisation):
            assert repeat or decision.user_id not in assigned
            assert repeat or int(decision.user_id) >= reserved
            assigned.add(decision.user_id)
        elif decision.status == 200:
            reserved = max(reserved, request.reserve_batch.count)
        if request.idempotency_key and (isinstance(decision, Initialisation) or decision.status == 200):
            keys.add(request.idempotency_key)


def test_ids_count_up_from_0() -> None:
    state, first = run(None, create())
    assert first == Initialisation("0")
    assert run(state, create())[1] == Initialisation("1")


def test_a_batch_is_numbered_from_1_and_its_ids_are_reserved() -> None:
    state, first = run(None, create(), reserve(10))
    assert first == (200, '{"batch": 1, "count": 10, "credit": 0, "done": 0}')
    state, second = run(state, reserve(3))
    assert second == (200, '{"batch": 2, "count": 3, "credit": 0, "done": 0}')
    assert run(state, create())[1] == Initialisation("10")


@given(st.one_of(st.just(create(KEY)), st.builds(reserve, st.integers(0, 9), st.just(5), st.just(KEY))))
def test_a_repeat_and_a_look_up_get_the_same_decision(request: CreateUserRequest) -> None:
    state, first = run(CreateState(4, 2), request)
    later, _ = run(state, create(), reserve(100), create(b"another!"))
    assert run(later, request) == (later, first)
    assert run(later, look_up()) == (later, first)


@given(st.integers(1, MAX_COUNT), st.lists(st.integers(0, 2**64 - 1)))
def test_the_progress_of_a_batch_grows_and_is_never_more_than_was_noted(count: int, notes: list[int]) -> None:
    state, _ = run(None, create(b"earlier!"), reserve(count, 5, KEY), create(b"later..!"))
    assert state is not None
    before = 0
    for index, note in enumerate(notes):
        state, decision = run(state, progress(note))
        assert before <= done_of(decision) <= max(0, *notes[: index + 1])
        before = done_of(decision)
        assert run(state, look_up())[1] == run(state, reserve(count, 5, KEY))[1] == decision
    state, decision = run(state, progress(count))
    assert done_of(decision) == count
    assert run(state, create(b"earlier!"))[1] == Initialisation("0")
    assert run(state, create(b"later..!"))[1] == Initialisation(str(max(1, count)))


@pytest.mark.parametrize("key", [b"", b"another!", b"a-create"])
def test_progress_without_its_batch_changes_nothing(key: bytes) -> None:
    state, _ = run(None, reserve(8, 5, KEY), create(b"a-create"))
    after, decision = run(state, progress(8, key))
    assert after is state
    assert error(decision) == "invalid_id"


@pytest.mark.parametrize("later", [0, 999, 1000])
def test_a_repeat_is_recognised_across_1000_later_keyed_creates(later: int) -> None:
    state, first = run(None, create(KEY))
    for number in range(later):
        state, _ = run(state, create(number.to_bytes(8, "big")))
    assert run(state, create(KEY)) == (state, first)


@pytest.mark.parametrize("other", [create(KEY), reserve(7, 5, KEY), reserve(8, 4, KEY)])
def test_a_key_used_for_another_request_is_a_conflict(other: CreateUserRequest) -> None:
    state, _ = run(None, reserve(8, 5, KEY))
    after, decision = run(state, other)
    assert after is state
    assert error(decision) == "idempotency_conflict"


def test_the_key_of_a_create_used_for_a_batch_is_a_conflict() -> None:
    state, _ = run(None, create(KEY))
    assert error(run(state, reserve(8, 5, KEY))[1]) == "idempotency_conflict"


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (reserve(1, -1), "invalid_amount"),
        (reserve(MAX_COUNT + 1), "invalid_amount"),
        (reserve(2**64 - 1), "invalid_amount"),
        (look_up(), "invalid_id"),
        (CreateUserRequest(), "unknown_route"),
    ],
)
def test_a_refused_request_changes_nothing(request_: CreateUserRequest, code: str) -> None:
    state = CreateState(4, 2)
    after, decision = run(state, request_)
    assert after is state
    assert error(decision) == code


@pytest.mark.parametrize(
    ("state", "request_"),
    [(CreateState(next_id=MAX_ID + 1), create()), (CreateState(0, 2**32 - 1), reserve(1))],
)
def test_without_a_free_number_the_answer_is_unavailable(
    state: CreateState, request_: CreateUserRequest
) -> None:
    assert error(run(state, request_)[1]) == "unavailable"


@given(st.text().filter(lambda text: text != "create"), REQUESTS)
def test_a_record_with_another_key_assigns_no_id(function_id: str, request: CreateUserRequest) -> None:
    after, decision = decide(function_id, None, request)
    assert after is None
    assert error(decision) == "unknown_route"
