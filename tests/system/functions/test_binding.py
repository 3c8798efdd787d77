import pytest
from google.protobuf.message import DecodeError
from statefun.kafka_egress_pb2 import KafkaProducerRecord
from statefun.request_reply_pb2 import FromFunction, ToFunction

from system.functions.binding import EGRESS_TYPE, STATE_NAME, STATE_TYPE, Binding, UnknownFunction
from system.functions.function import Drops, create_function, user_function
from system.functions.state import UserState
from system.wire.users_pb2 import Add, Create, CreateUserRequest, Find, UserRequest, UserResponse


def binding() -> Binding:
    return Binding({"users/user": user_function(), "users/create": create_function()}, Drops())


def record(**operation: Add | Find) -> bytes:
    return UserRequest(request_id="r", reply_key="5", **operation).SerializeToString()  # type: ignore[arg-type]


def call(name: str, function_id: str, *values: bytes, state: bytes | None = None) -> bytes:
    to_function = ToFunction()
    batch = to_function.invocation
    batch.target.namespace, batch.target.type, batch.target.id = "users", name, function_id
    kept = batch.state.add(state_name=STATE_NAME)
    if state is not None:
        kept.state_value.typename, kept.state_value.has_value, kept.state_value.value = (
            STATE_TYPE,
            True,
            state,
        )
    for value in values:
        batch.invocations.add().argument.value = value
    return bytes(to_function.SerializeToString())


def result(answer: bytes) -> FromFunction.InvocationResponse:
    from_function = FromFunction.FromString(answer)
    assert from_function.WhichOneof("response") == "invocation_result"
    return from_function.invocation_result


def replies(answer: bytes) -> list[UserResponse]:
    arguments = [egress.argument for egress in result(answer).outgoing_egresses]
    assert {argument.typename for argument in arguments} <= {EGRESS_TYPE}
    return [UserResponse.FromString(KafkaProducerRecord.FromString(it.value).value_bytes) for it in arguments]


def test_a_call_without_state_is_answered_with_the_missing_state() -> None:
    to_function = ToFunction.FromString(call("user", "7", record(find=Find())))
    del to_function.invocation.state[:]
    answer = FromFunction.FromString(binding().answer(to_function.SerializeToString()))
    missing = answer.incomplete_invocation_context.missing_values
    assert [(value.state_name, value.type_typename) for value in missing] == [(STATE_NAME, STATE_TYPE)]


def test_a_batch_is_applied_in_order_and_the_last_state_is_sent_back() -> None:
    answer = binding().answer(
        call("user", "7", *[record(add=Add(amount=n)) for n in (1, 2, 3)], state=UserState(4).encode())
    )
    (change,) = result(answer).state_mutations
    assert UserState.decode(change.state_value.value) == UserState(10)
    assert (change.mutation_type, change.state_name) == (
        FromFunction.PersistedValueMutation.MODIFY,
        STATE_NAME,
    )
    assert [reply.result for reply in replies(answer)] == [
        f'{{"result": "success", "user_id": "7", "credit": {credit}}}' for credit in (5, 7, 10)
    ]


def test_a_garbage_record_does_not_affect_the_others_of_its_batch() -> None:
    add = record(add=Add(amount=1))
    answer = binding().answer(call("user", "7", add, b"\xff", add, state=UserState(4).encode()))
    assert UserState.decode(result(answer).state_mutations[0].state_value.value) == UserState(6)
    assert [reply.status for reply in replies(answer)] == [200, 200]


@pytest.mark.parametrize("state", [None, UserState(4).encode()])
def test_a_state_that_did_not_change_is_not_sent_back(state: bytes | None) -> None:
    answer = binding().answer(call("user", "7", record(find=Find()), state=state))
    assert list(result(answer).state_mutations) == []
    assert [reply.status for reply in replies(answer)] == [404 if state is None else 200]


@pytest.mark.parametrize(
    "state", [b"", b"\x00" * 16, b"\xff" * 17, b"\x00" * 18], ids=["none", "short", "negative", "torn-window"]
)
def test_a_state_that_cannot_be_read_stays_as_it_is_and_every_record_is_answered(state: bytes) -> None:
    served = binding()
    add = record(add=Add(amount=1))
    answer = served.answer(call("user", "7", add, b"\xff", record(find=Find()), state=state))
    assert list(result(answer).state_mutations) == []
    assert [(reply.request_id, reply.status) for reply in replies(answer)] == [("r", 503), ("r", 503)]
    assert served.drops.by_reason()["unreadable_state"] == 3


def test_a_create_with_a_state_that_cannot_be_read_is_answered_and_assigns_no_id() -> None:
    request = CreateUserRequest(request_id="r", reply_key="5", create=Create())
    answer = binding().answer(call("create", "create", request.SerializeToString(), state=b"\x00"))
    assert list(result(answer).state_mutations) == []
    assert [reply.status for reply in replies(answer)] == [503]


def test_rejected_records_are_counted_by_reason_and_change_nothing() -> None:
    served = binding()
    to_function = ToFunction.FromString(call("rejected", "no_key", b"users-3 at offset 17", b"users-3 at 18"))
    del to_function.invocation.state[:]
    answer = served.answer(to_function.SerializeToString())
    assert result(answer) == FromFunction.InvocationResponse()
    served.answer(call("rejected", 'made "up"', b""))
    assert served.drops.by_reason() == {"no_key": 2, "rejected": 1}


def test_a_create_writes_the_initialisation_to_the_topic_of_the_users() -> None:
    request = CreateUserRequest(request_id="r", reply_key="5", create=Create())
    answer = binding().answer(call("create", "create", request.SerializeToString()))
    (egress,) = result(answer).outgoing_egresses
    produced = KafkaProducerRecord.FromString(egress.argument.value)
    initialise = UserRequest.FromString(produced.value_bytes)
    assert (egress.egress_namespace, egress.egress_type) == ("users", "out")
    assert (produced.topic, produced.key) == ("users", "0")
    assert (initialise.request_id, initialise.reply_key) == ("r", "5")
    assert initialise.HasField("initialise")


def test_a_function_that_is_not_served_is_refused() -> None:
    with pytest.raises(UnknownFunction, match="'users/order' is not served"):
        binding().answer(call("order", "7"))


def test_garbage_is_refused() -> None:
    with pytest.raises(DecodeError):
        binding().answer(b"\xff")
