"""Contract of each server with one client, and each client with two servers, on real Kafka and Flink."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from system.endpoint.fail_fast import ASK_EVERY_S
from tests.doubles.functions_held import DELAY_S
from tests.live_system import LiveSystem, eventually, is_gone
from tests.system.contract.client import connected
from tests.system.parts.backend import Backend
from tests.system.parts.combinations import THREADS, Combination
from tests.system.parts.updates import RepeatedUpdate, Update, credit, new_users, send, send_over

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

CONNECTIONS, UPDATES, USERS = 64, 1500, 16
MAX_MEASURED = 500
BEYOND_CAPACITY = 8


def test_1500_updates_over_64_connections_are_each_applied_once(
    endpoint: LiveSystem, combination: Combination
) -> None:
    users = new_users(endpoint.endpoint, USERS)
    updates = [Update(users[index % USERS], 1 + index % 7) for index in range(UPDATES)]
    kept = sum(send_over(endpoint.endpoint, CONNECTIONS, updates))
    assert kept == (UPDATES if combination.server_part.keep_alive else 0)
    due = {user: sum(one.amount for one in updates if one.user == user) for user in users}
    assert {user: credit(endpoint.endpoint, user) for user in users} == due


def test_a_header_of_6_kb_is_accepted(endpoint: LiveSystem) -> None:
    with connected(endpoint.endpoint) as client:
        assert client.post("/users/create", X_Long="x" * 6000).status == 201


def test_requests_in_flight_reach_the_capacity_and_not_more(
    endpoint: LiveSystem, combination: Combination, backend: Backend
) -> None:
    capacity = combination.server_part.capacity(processes=1, threads=THREADS)
    expected = min(capacity, MAX_MEASURED)
    users = new_users(endpoint.endpoint, min(capacity + BEYOND_CAPACITY, MAX_MEASURED))
    with ThreadPoolExecutor(len(users)) as pool:
        with backend.held():
            before, since_s = backend.requests(), time.monotonic()
            answers = [pool.submit(send, endpoint.endpoint, Update(user, 1)) for user in users]
            eventually(lambda: backend.requests() - before >= expected, within_s=7)
            time.sleep(DELAY_S)
            in_flight = backend.requests() - before
            questions = int((time.monotonic() - since_s) / ASK_EVERY_S) + 1
        assert expected <= in_flight <= capacity + questions
        statuses = Counter(answer.result() for answer in answers)
        assert set(statuses) <= {200, 503}
        assert statuses[503] <= len(users) - expected


def test_a_stop_under_load_loses_no_answered_update_and_leaves_no_process(
    backend: Backend, combination: Combination, witness: LiveSystem
) -> None:
    stopping = backend.endpoint(combination)
    updates = [RepeatedUpdate(user) for user in new_users(witness.endpoint, USERS)]
    with ThreadPoolExecutor(USERS) as pool:
        running = [pool.submit(update.run, stopping.endpoint) for update in updates]
        eventually(lambda: all(update.answered >= 3 for update in updates))
        pids = stopping.all_pids()
        code = stopping.stop()
        for one in running:
            one.result()
    assert (code, [pid for pid in pids if not is_gone(pid)]) == (0, [])
    answered = {update.user: update.answered for update in updates}
    assert {user: credit(witness.endpoint, user) for user in answered} == answered
