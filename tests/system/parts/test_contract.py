"""What every server with one client, and every client with two servers, must do on real Kafka and Flink."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from tests.doubles.functions_held import DELAY_S
from tests.live_system import LiveSystem, eventually, is_gone
from tests.system.parts.asking import Caller, Update, connect, credit, made_over, new_users, update
from tests.system.parts.behind import Behind
from tests.system.parts.combinations import THREADS, Combination

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

CONNECTIONS, UPDATES, USERS = 64, 1500, 16
MEASURED_AT_MOST = 500
MORE_THAN_IT_HOLDS = 8


def test_1500_updates_over_64_connections_are_each_applied_once(
    endpoint: LiveSystem, combination: Combination
) -> None:
    users = new_users(endpoint.endpoint, USERS)
    updates = [Update(users[index % USERS], 1 + index % 7) for index in range(UPDATES)]
    kept = sum(connection.kept for connection in made_over(endpoint.endpoint, CONNECTIONS, updates))
    assert kept == (UPDATES if combination.part.keep_alive else 0)
    due = {user: sum(one.amount for one in updates if one.user == user) for user in users}
    assert {user: credit(endpoint.endpoint, user) for user in users} == due


def test_a_header_of_6_kb_is_taken(endpoint: LiveSystem) -> None:
    with closing(connect(endpoint.endpoint)) as connection:
        assert connection.ask("POST", "/users/create", X_Long="x" * 6000)[0] == 201


def test_as_many_requests_are_in_flight_at_once_as_it_promises_and_no_more(
    endpoint: LiveSystem, combination: Combination, behind: Behind
) -> None:
    promised = combination.part.capacity(processes=1, threads=THREADS)
    expected = min(promised, MEASURED_AT_MOST)
    users = new_users(endpoint.endpoint, min(promised + MORE_THAN_IT_HOLDS, MEASURED_AT_MOST))
    with ThreadPoolExecutor(len(users)) as pool:
        with behind.held():
            before = behind.requests()
            answers = [pool.submit(update, endpoint.endpoint, Update(user, 1)) for user in users]
            eventually(lambda: behind.requests() - before >= expected, within_s=7)
            time.sleep(DELAY_S)
            in_flight = behind.requests() - before
        assert expected <= in_flight <= promised
        assert {answer.result() for answer in answers} == {200}


def test_a_stop_under_load_loses_no_answered_update_and_leaves_no_process(
    behind: Behind, combination: Combination, witness: LiveSystem
) -> None:
    stopping = behind.endpoint(combination)
    callers = [Caller(user) for user in new_users(witness.endpoint, USERS)]
    with ThreadPoolExecutor(USERS) as pool:
        calls = [pool.submit(caller.call, stopping.endpoint) for caller in callers]
        eventually(lambda: all(caller.answered >= 3 for caller in callers))
        pids = stopping.all_pids()
        code = stopping.stop()
        for call in calls:
            call.result()
    assert (code, [pid for pid in pids if not is_gone(pid)]) == (0, [])
    answered = {caller.user: caller.answered for caller in callers}
    assert {user: credit(witness.endpoint, user) for user in answered} == answered
