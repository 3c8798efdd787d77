"""On real Kafka and Flink: requests make the round trip, and state survives the death of Flink."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from system.clients.confluent import CONFLUENT_KAFKA
from system.clients.protocol import Client
from system.processes.component import Component
from system.processes.guard import Guard
from system.processes.process import Process
from system.processes.readiness import start_once
from system.runtime import checkpoints, stack
from system.runtime.layout import Layout
from system.setup import installation
from system.wire.partitioner import reply_key
from system.wire.users_pb2 import Add, Create, CreateUserRequest, Find, UserRequest, UserResponse
from tests.live_system import eventually

pytestmark = pytest.mark.real

WITHIN_S = 30.0
PARTITION = 3
REQUEST_IDS = map(str, count())


@dataclass
class Running:
    """Kafka, the functions and Flink as processes, and a client."""

    layout: Layout
    kafka: str
    guard: Guard
    flink: Component
    process: Process
    client: Client
    answered: list[str] = field(default_factory=list)

    def restart_flink(self) -> None:
        """Kill Flink, start it again, and return when the job runs."""
        self.process.kill()
        self.process.wait()
        self.process = start_once(self.flink, self.guard)

    def ask(self, topic: str, key: str, request: UserRequest | CreateUserRequest) -> str:
        """Send *request* and return the result that comes back."""
        request.request_id = next(REQUEST_IDS)
        request.reply_key = reply_key(PARTITION, 32)
        self.client.send(topic, key.encode(), request.SerializeToString(), lambda failure: None)
        return eventually(lambda: self._reply(request.request_id), WITHIN_S) or ""

    def _reply(self, request_id: str) -> str | None:
        replies = [UserResponse.FromString(value) for value in self.client.poll(0.1)]
        self.answered += [reply.request_id for reply in replies]
        return next((reply.result for reply in replies if reply.request_id == request_id), None)

    def newest(self) -> checkpoints.Checkpoint | None:
        return checkpoints.newest(checkpoints.complete(self.layout.checkpoints))

    def await_checkpoints(self, more: int) -> None:
        """Return when *more* checkpoints are complete; the second contains every earlier request."""
        present = self.newest()
        enough = (present.number if present else 0) + more
        eventually(lambda: (newest := self.newest()) and newest.number >= enough, WITHIN_S)


@contextmanager
def running(data_dir: Path) -> Iterator[Running]:
    whole = stack.Stack(Layout(data_dir), stack.automatic_ports(), endpoint=None)
    kafka, functions, flink = stack.components_of(whole, installation.find(os.environ))
    with closing(Guard()) as guard, ExitStack() as ending:
        for component in (kafka, functions):
            ending.callback(start_once(component, guard).stop, component.stop_signal, WITHIN_S)
        client = ending.enter_context(closing(CONFLUENT_KAFKA.open(kafka.address, WITHIN_S)))
        client.assign("user-events", PARTITION)
        system = Running(whole.layout, kafka.address, guard, flink, start_once(flink, guard), client)
        ending.callback(lambda: system.process.stop(flink.stop_signal, WITHIN_S))
        yield system


def test_a_user_survives_two_deaths_of_flink_while_old_checkpoints_are_deleted(tmp_path: Path) -> None:
    with running(tmp_path / "data dir") as system:
        assert system.ask("users-create", "create", CreateUserRequest(create=Create())) == '{"user_id": "0"}'
        for credit in (5, 10):
            assert f'"credit": {credit}' in system.ask("users", "0", UserRequest(add=Add(amount=5)))
            system.await_checkpoints(2)
            system.restart_flink()
            assert f'"credit": {credit}' in system.ask("users", "0", UserRequest(find=Find()))
        system.await_checkpoints(1)
        assert len(list(system.layout.checkpoints.iterdir())) == 2
        assert len(system.answered) == len(set(system.answered)), (
            "Flink read the topics from their start again"
        )
