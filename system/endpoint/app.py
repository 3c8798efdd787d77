"""WSGI application of one process: settings, Kafka client, reply reader and routes put together."""

import atexit
import os
from contextlib import ExitStack
from pathlib import Path

from system.clients.catalogue import CLIENTS
from system.clients.protocol import Client
from system.endpoint.batches import Batches
from system.endpoint.fail_fast import FailFast
from system.endpoint.http.dispatch import EndpointFlask
from system.endpoint.http.health_port import HealthPort
from system.endpoint.http.routes import LABELS
from system.endpoint.http.routes_meta import MetaViews
from system.endpoint.http.routes_payment import PaymentViews
from system.endpoint.http.routes_users import UserViews
from system.endpoint.metrics import Metrics, MetricsLayout, exposition
from system.endpoint.outage import BrokerOutage
from system.endpoint.partition_claims import Claim, claim
from system.endpoint.places import Places
from system.endpoint.reply_reader import ReplyReader
from system.endpoint.request_reply import Requester, WaitingRequests
from system.endpoint.service_watch import ServiceWatch
from system.endpoint.settings import EndpointSettings, SettingsError, read_settings
from system.endpoint.waiting.kinds import WAITING
from system.endpoint.waiting.thread import ThreadWaiting
from system.wire.partitioner import reply_key
from system.wire.topics import USER_EVENTS, USERS, USERS_CREATE

LAYOUT = MetricsLayout(LABELS)

STOP_TIMEOUT_S = 2.0
"""Limit for the end of the reply reader: its poll, and the records that it returned."""
WATCH_STOP_TIMEOUT_S = 0.5
"""Limit for the end of the watch, which may be resolving a name; it does no harm meanwhile."""


def open_app() -> EndpointFlask:
    """Return the application for the settings in the environment.

    To be called in the process that serves, after its fork. After the last request the server calls
    `close` of the application; where nothing does, the exit of the interpreter calls it.
    """
    closing = ExitStack()
    atexit.register(closing.close)
    app = build_app(read_settings(os.environ), closing)
    app.close = closing.close
    return app


def build_app(settings: EndpointSettings, closing: ExitStack) -> EndpointFlask:
    """Return the application; *closing* will close what it opened. If it fails, that is closed at once."""
    with ExitStack() as opened:
        app = _open(settings, opened)
        closing.push(opened.pop_all())
    return app


def _open(settings: EndpointSettings, opened: ExitStack) -> EndpointFlask:
    client = _open_client(settings, opened)
    partitions = client.partitions(USER_EVENTS)
    client.partitions(USERS_CREATE)  # so that a missing topic is an error now
    claimed = _claim(settings, partitions, opened)
    metrics = Metrics(settings.claims_dir / f"metrics-{claimed.partition}", LAYOUT)
    opened.callback(metrics.close)
    waiting = WAITING.load(settings.waiting)()
    waiting_requests = WaitingRequests(Places(settings.max_waiting, waiting))
    client.assign(USER_EVENTS, claimed.partition)
    outage, fail_fast = BrokerOutage(settings.kafka if _is_shared(settings) else None), FailFast()
    key = reply_key(claimed.partition, partitions)
    requester = Requester(
        client, waiting, waiting_requests, metrics, outage, fail_fast, key, settings.deadline_s
    )
    watch = ServiceWatch(fail_fast, outage, requester.ask)
    watch.start()
    opened.callback(watch.stop, WATCH_STOP_TIMEOUT_S)
    reader = ReplyReader(client, waiting_requests, metrics, fail_fast, watch)
    reader.start()
    opened.callback(reader.stop, STOP_TIMEOUT_S)
    meta = MetaViews(requester, reader, lambda: _metrics_text(settings.claims_dir), client.settings())
    if settings.health_port is not None:
        in_thread = meta.asking_by(requester.waiting_by(ThreadWaiting()))
        health = HealthPort(settings.health_host, settings.health_port, in_thread)
        opened.callback(health.close)
    batches = Batches(requester, waiting, client.partitions(USERS))
    opened.callback(batches.stop)
    views = {
        **UserViews(requester).views(),
        **PaymentViews(requester, batches).views(),
        **meta.views(),
    }
    return EndpointFlask(views, metrics)


def _is_shared(settings: EndpointSettings) -> bool:
    return CLIENTS.load(settings.client).shared


def _metrics_text(claims_dir: Path) -> str:
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
            f"processes = {settings.processes}: the topic {USER_EVENTS} has {partitions} partitions, one per "
            f"process; use at most {partitions} processes, or give it more partitions"
        )
    claimed = claim(settings.claims_dir, partitions)
    opened.callback(claimed.release)
    return claimed
