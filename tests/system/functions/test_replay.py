"""Simulated recovery of Flink: states and offsets are restored together, written records remain."""

from dataclasses import dataclass, field

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, rule

from system.functions.function import Drops, Record, create_function, user_function
from system.functions.state import CreateState, UserState
from system.wire.topics import USER_EVENTS, USERS, USERS_CREATE
from system.wire.users_pb2 import (
    Add,
    BatchProgress,
    Create,
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

USER, CREATE, DROPS = user_function(), create_function(), Drops()
IDS = st.sampled_from(["0", "1", "2", "abc"])
KEYS = st.sampled_from([b"", b"", b"key-one!", b"key-two!"])
AMOUNTS = st.integers(-1, 9)
OPERATIONS = st.one_of(
    st.builds(lambda amount: UserRequest(add=Add(amount=amount)), AMOUNTS),
    st.builds(lambda amount: UserRequest(subtract=Subtract(amount=amount)), AMOUNTS),
    st.builds(
        lambda credit, batch: UserRequest(initialise=Initialise(credit=credit, batch=batch)),
        AMOUNTS,
        st.integers(1, 3),
    ),
    st.just(UserRequest(remove=Remove())),
    st.just(UserRequest(find=Find())),
    st.just(UserRequest(look_up=LookUp())),
)
CREATES = st.one_of(
    st.just(CreateUserRequest(create=Create())),
    st.just(CreateUserRequest(look_up=LookUp())),
    st.builds(lambda count: CreateUserRequest(reserve_batch=ReserveBatch(count=count)), st.integers(0, 3)),
    st.builds(lambda done: CreateUserRequest(batch_progress=BatchProgress(done=done)), st.integers(0, 3)),
)


@dataclass(frozen=True)
class Checkpoint:
    users: dict[str, UserState] = field(default_factory=dict)
    creator: CreateState | None = None
    offsets: dict[str, int] = field(default_factory=lambda: {USERS: 0, USERS_CREATE: 0})


def is_initialisation(record: Record) -> bool:
    return UserRequest.FromString(record.value).HasField("initialise")


class Job(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.logs: dict[str, list[Record]] = {USERS: [], USERS_CREATE: [], USER_EVENTS: []}
        self.checkpoint = Checkpoint()
        self.creator: CreateState | None = None
        self.restore_the_checkpoint()
        self.sent = 0

    @rule(user_id=IDS, key=KEYS, operation=OPERATIONS)
    def send(self, user_id: str, key: bytes, operation: UserRequest) -> None:
        request = UserRequest(request_id=self.next_request_id(), reply_key="1", idempotency_key=key)
        request.MergeFrom(operation)
        self.logs[USERS].append(Record(USERS, user_id, request.SerializeToString()))

    @rule(key=KEYS, operation=CREATES)
    def send_create(self, key: bytes, operation: CreateUserRequest) -> None:
        request = CreateUserRequest(request_id=self.next_request_id(), reply_key="1", idempotency_key=key)
        request.MergeFrom(operation)
        self.logs[USERS_CREATE].append(Record(USERS_CREATE, "create", request.SerializeToString()))

    def next_request_id(self) -> str:
        self.sent += 1
        return str(self.sent)

    @rule(topic=st.sampled_from([USERS, USERS_CREATE]), records=st.integers(1, 5))
    def process(self, topic: str, records: int = 1) -> None:
        for record in self.logs[topic][self.offsets[topic] :][:records]:
            self.offsets[topic] += 1
            self.apply(record)

    def apply(self, record: Record) -> None:
        if record.topic == USERS:
            after, written = USER.apply(record.key, self.users.get(record.key), record.value, DROPS)
            if after is not None:
                self.users[record.key] = after
        else:
            self.creator, written = CREATE.apply(record.key, self.creator, record.value, DROPS)
        if written is not None:
            self.logs[written.topic].append(written)

    @rule()
    def take_a_checkpoint(self) -> None:
        self.checkpoint = Checkpoint(dict(self.users), self.creator, dict(self.offsets))

    @rule()
    def restore_the_checkpoint(self) -> None:
        self.users, self.offsets = dict(self.checkpoint.users), dict(self.checkpoint.offsets)
        self.creator = self.checkpoint.creator

    @rule(data=st.data())
    def deliver_an_initialisation_again(self, data: st.DataObject) -> None:
        initialisations = [record for record in self.logs[USERS] if is_initialisation(record)]
        if initialisations:
            self.logs[USERS].append(data.draw(st.sampled_from(initialisations)))

    def finish(self) -> None:
        while any(self.offsets[topic] < len(self.logs[topic]) for topic in self.offsets):
            self.process(USERS_CREATE)
            self.process(USERS)

    def teardown(self) -> None:
        self.finish()
        self.each_request_has_one_answer()
        self.repeated_initialisations_changed_nothing()

    def each_request_has_one_answer(self) -> None:
        answers: dict[str, tuple[int, str]] = {}
        for record in self.logs[USER_EVENTS]:
            reply = UserResponse.FromString(record.value)
            assert answers.setdefault(reply.request_id, (reply.status, reply.result)) == (
                reply.status,
                reply.result,
            )
        assert len(answers) == self.sent

    def repeated_initialisations_changed_nothing(self) -> None:
        states = self.users
        self.users = {}
        for record in dict.fromkeys(self.logs[USERS]):
            self.apply(record)
        assert states == self.users


TestReplayChangesNothing = Job.TestCase
TestReplayChangesNothing.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
