"""Kafka clients that misbehave in one known way, and an endpoint with such a client."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue

from system.clients.protocol import ClientUnavailable, OnFailure, SendFailure
from system.endpoint.batches import Batches
from system.endpoint.fail_fast import SILENCE_S, FailFast
from system.endpoint.http.dispatch import EndpointFlask
from system.endpoint.http.routes import LABELS
from system.endpoint.http.routes_meta import MetaViews
from system.endpoint.http.routes_payment import PaymentViews
from system.endpoint.http.routes_users import UserViews
from system.endpoint.metrics import Metrics, MetricsLayout, exposition
from system.endpoint.outage import BrokerOutage
from system.endpoint.places import Places
from system.endpoint.reply_reader import ReplyReader
from system.endpoint.request_reply import Requester, WaitingRequests
from system.endpoint.service_watch import ServiceWatch
from system.endpoint.waiting.kinds import WaitingKind
from system.endpoint.waiting.thread import ThreadWaiting
from system.wire.users_pb2 import CreateUserRequest, UserRequest, UserResponse

LAYOUT = MetricsLayout(LABELS)
NO_OUTAGE = BrokerOutage(None)


@dataclass(frozen=True)
class Sent:
    topic: str
    key: bytes
    value: bytes
    on_failure: OnFailure

    @property
    def request(self) -> UserRequest | CreateUserRequest:
        kind = CreateUserRequest if self.topic == "users-create" else UserRequest
        return kind.FromString(self.value)


Answering = Callable[[Sent], UserResponse | SendFailure | None]


@dataclass
class ScriptedClient:
    """Calls *answering* for each record, which returns a reply, a failure or nothing."""

    answering: Answering
    sent: list[Sent] = field(default_factory=list)
    values: "SimpleQueue[bytes]" = field(default_factory=SimpleQueue)
    its_settings: Mapping[str, str] = field(default_factory=dict)

    def partitions(self, topic: str) -> int:
        return 16

    def assign(self, topic: str, partition: int) -> None: ...

    def send(self, topic: str, key: bytes, value: bytes, on_failure: OnFailure) -> None:
        record = Sent(topic, key, value, on_failure)
        self.sent.append(record)
        outcome = self.answering(record)
        if isinstance(outcome, SendFailure):
            on_failure(outcome)
        elif outcome is not None:
            self.values.put(outcome.SerializeToString())

    def poll(self, timeout_s: float) -> list[bytes]:
        try:
            return [self.values.get(timeout=min(timeout_s, 0.05))]
        except Empty:
            return []

    def settings(self) -> Mapping[str, str]:
        return self.its_settings

    def close(self) -> None: ...


def never(record: Sent) -> None:
    """Answer no request."""


def unreachable(record: Sent) -> None:
    raise ClientUnavailable("the queue is full")


def lost(stored: bool | None) -> Answering:  # noqa: FBT001 - the double's one setting
    return lambda record: SendFailure("the broker is gone", stored)


def replies(status: int, result: str) -> Answering:
    return lambda record: (
        UserResponse(request_id=record.request.request_id, status=status, result=result)
        if record.request.reply_key
        else None
    )


@dataclass(frozen=True)
class Endpoint:
    app: EndpointFlask
    requester: Requester
    waiting_requests: WaitingRequests
    client: ScriptedClient
    metrics_file: Path
    fail_fast: FailFast
    meta: MetaViews

    def metric(self, name: str) -> int:
        lines = exposition([self.metrics_file], LAYOUT).splitlines()
        return next((int(float(line.split()[-1])) for line in lines if line.startswith(f"{name} ")), 0)


def requester_for(
    client: ScriptedClient, waiting: WaitingKind, waiting_requests: WaitingRequests, folder: Path
) -> Requester:
    """Return a requester with another kind of waiting."""
    metrics = Metrics(folder / "metrics-1", LAYOUT)
    return Requester(
        client, waiting, waiting_requests, metrics, BrokerOutage(None), FailFast(), "reply-key", 5.0
    )


def places(count: int) -> Places:
    """Return places for which threads wait."""
    return Places(count, ThreadWaiting())


@contextmanager
def endpoint(
    answering: Answering,
    folder: Path,
    *,
    deadline_s: float = 5.0,
    max_waiting: int = 100,
    client_settings: Mapping[str, str] | None = None,
    outage: BrokerOutage = NO_OUTAGE,
    silence_s: float = SILENCE_S,
) -> Iterator[Endpoint]:
    client, file = ScriptedClient(answering, its_settings=client_settings or {}), folder / "metrics-0"
    metrics, waiting_requests = Metrics(file, LAYOUT), WaitingRequests(places(max_waiting))
    fail_fast = FailFast(silence_s)
    requester = Requester(
        client, ThreadWaiting(), waiting_requests, metrics, outage, fail_fast, "reply-key", deadline_s
    )
    watch = ServiceWatch(fail_fast, outage, requester.ask)
    reader = ReplyReader(client, waiting_requests, metrics, fail_fast, watch)
    meta = MetaViews(requester, reader, lambda: exposition([file], LAYOUT), client.settings())
    batches = Batches(requester, ThreadWaiting(), 16)
    views = {
        **UserViews(requester).views(),
        **PaymentViews(requester, batches).views(),
        **meta.views(),
    }
    watch.start()
    reader.start()
    app = EndpointFlask(views, metrics)
    try:
        yield Endpoint(app, requester, waiting_requests, client, file, fail_fast, meta)
    finally:
        batches.stop()
        assert reader.stop(5)
        assert watch.stop(5)
        metrics.close()
