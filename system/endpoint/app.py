"""The WSGI application of one process: everything opened in the order in which it is needed."""

import atexit
import os
from contextlib import ExitStack
from pathlib import Path

from system.clients.catalogue import CLIENTS
from system.clients.protocol import Client
from system.endpoint.batches import Batches
from system.endpoint.http.dispatch import EndpointFlask
from system.endpoint.http.routes import LABELS
from system.endpoint.http.routes_meta import MetaRoutes
from system.endpoint.http.routes_payment import PaymentRoutes
from system.endpoint.http.routes_users import UserRoutes
from system.endpoint.metrics import Metrics, MetricsLayout, exposition
from system.endpoint.outage import Outage
from system.endpoint.partition_claims import Claim, claim
from system.endpoint.reply_reader import Reader
from system.endpoint.request_reply import Exchange, Pending
from system.endpoint.settings import EndpointSettings, SettingsError, read_settings
from system.endpoint.waiting.kinds import WAITING
from system.wire.partitioner import reply_key
from system.wire.topics import USER_EVENTS, USERS, USERS_CREATE

LAYOUT = MetricsLayout(LABELS)

STOP_S = 2.0
"""How long the reader may take to end: its poll, and the records it has in hand."""


def open_app() -> EndpointFlask:
    """Open what the settings in the environment name, and return the application.

    To be called in the process that serves, after its fork. It closes all again when the process ends in
    order.
    """
    closing = ExitStack()
    atexit.register(closing.close)
    return build_app(read_settings(os.environ), closing)


def build_app(settings: EndpointSettings, closing: ExitStack) -> EndpointFlask:
    """Return the application; *closing* will close what was opened for it, half-opened is closed at once."""
    with ExitStack() as opened:
        app = _open(settings, opened)
        closing.push(opened.pop_all())
    return app


def _open(settings: EndpointSettings, opened: ExitStack) -> EndpointFlask:
    client = _open_client(settings, opened)
    partitions = client.partitions(USER_EVENTS)
    client.partitions(USERS_CREATE)  # A topic that is missing is told now, not to the first caller.
    ours = _claim(settings, partitions, opened)
    metrics = Metrics(settings.claims_dir / f"metrics-{ours.partition}", LAYOUT)
    pending = Pending(settings.max_waiting)
    waiting = WAITING.load(settings.waiting)()
    client.assign(USER_EVENTS, ours.partition)
    outage = Outage(settings.kafka if CLIENTS.load(settings.client).shared else None)
    reader = Reader(client, pending, metrics, outage)
    reader.start()
    opened.callback(reader.stop, STOP_S)
    key = reply_key(ours.partition, partitions)
    exchange = Exchange(client, waiting, pending, metrics, outage, key, settings.deadline_s)
    views = {
        **UserRoutes(exchange).views(),
        **PaymentRoutes(exchange, Batches(exchange, client.partitions(USERS))).views(),
        **MetaRoutes(exchange, reader, lambda: _counted(settings.claims_dir), client.settings()).views(),
    }
    return EndpointFlask(views, metrics)


def _counted(claims_dir: Path) -> str:
    return exposition(sorted(claims_dir.glob("metrics-*")), LAYOUT)


def _open_client(settings: EndpointSettings, opened: ExitStack) -> Client:
    kind = CLIENTS.load(settings.client)
    if settings.processes > 1 and not kind.shared:
        raise SettingsError(
            f"processes = {settings.processes}: with the Kafka client {settings.client!r} they would share "
            "no users; use 1 process, or another client"
        )
    client = kind.open(settings.kafka, settings.deadline_s)
    opened.callback(client.close)
    return client


def _claim(settings: EndpointSettings, partitions: int, opened: ExitStack) -> Claim:
    if settings.processes > partitions:
        raise SettingsError(
            f"processes = {settings.processes}: the topic {USER_EVENTS} has {partitions} partitions, one a "
            f"process; use at most {partitions} processes, or give it more partitions"
        )
    ours = claim(settings.claims_dir, partitions)
    opened.callback(ours.release)
    return ours
