import contextlib
import subprocess
import sys
from threading import Thread

import pytest

from system.clients.catalogue import CLIENTS
from system.clients.memory import MEMORY, MemoryClient
from system.clients.protocol import Client, ClientKind, ClientUnavailable, SendFailure
from system.wire.partitioner import reply_key
from system.wire.users_pb2 import Add, Create, CreateUserRequest, Find, UserRequest, UserResponse

PARTITION = 3
REPLY_KEY = reply_key(PARTITION, 32)
UNDER_GEVENT = """
from gevent import monkey; monkey.patch_all()
import gevent
from system.clients.memory import MEMORY
from system.concurrency import start_thread
from system.wire.users_pb2 import Create, CreateUserRequest

client = MEMORY.open("", 1)
request = CreateUserRequest(create=Create()).SerializeToString()

def poll():
    while len(client.functions.users) < 20:
        client.poll(5)

ended = start_thread(poll, "poll")
send = lambda: client.send("users-create", b"create", request, print)
gevent.joinall([gevent.spawn(send) for _ in range(20)])
print("ended" if ended.acquire(timeout=10) else "still polling")
"""


def unexpected(failure: SendFailure) -> None:
    raise AssertionError(failure)


def opened() -> MemoryClient:
    client = MEMORY.open("", deadline_s=1)
    client.assign("user-events", PARTITION)
    return client


def create(client: Client, address: str = REPLY_KEY) -> None:
    request = CreateUserRequest(request_id="r", reply_key=address, create=Create())
    client.send("users-create", b"create", request.SerializeToString(), unexpected)


def results(client: Client) -> list[str]:
    return [UserResponse.FromString(value).result for value in client.poll(0.01)]


def test_the_catalogue_has_it() -> None:
    kind: ClientKind = CLIENTS.load("memory")
    assert (kind.name, kind.shared, kind.distribution) == ("memory", False, None)


def test_a_create_is_answered_by_the_user() -> None:
    client = opened()
    create(client)
    assert results(client) == ['{"user_id": "0"}']
    find = UserRequest(reply_key=REPLY_KEY, find=Find())
    client.send("users", b"0", find.SerializeToString(), unexpected)
    assert results(client) == ['{"user_id": "0", "credit": 0}']


def test_a_poll_returns_all_replies() -> None:
    client = opened()
    create(client)
    create(client)
    assert results(client) == ['{"user_id": "0"}', '{"user_id": "1"}']


def test_a_poll_without_records_returns_nothing() -> None:
    client = opened()
    assert results(client) == []
    assert results(client) == []


def test_replies_for_another_partition_are_not_read() -> None:
    client = opened()
    create(client, reply_key(PARTITION + 1, 32))
    assert results(client) == []


def test_records_from_before_the_assignment_are_not_read() -> None:
    client = MEMORY.open("", deadline_s=1)
    create(client)
    client.assign("user-events", PARTITION)
    create(client)
    assert results(client) == ['{"user_id": "1"}']


def test_a_record_of_the_assigned_partition_is_read_whoever_sent_it() -> None:
    client = opened()
    client.send("user-events", REPLY_KEY.encode(), b"anything", unexpected)
    assert client.poll(0.01) == [b"anything"]


def test_clients_do_not_share_users() -> None:
    first, second = opened(), opened()
    create(first)
    create(second)
    assert results(second) == ['{"user_id": "0"}']


def test_additions_from_many_threads_all_count() -> None:
    client = opened()
    create(client)
    add = UserRequest(reply_key=REPLY_KEY, add=Add(amount=1)).SerializeToString()

    def send() -> None:
        for _ in range(200):
            client.send("users", b"0", add, unexpected)

    threads = [Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    client.poll(0.01)
    assert client.functions.users["0"].credit == 1600


def test_a_key_that_is_not_utf_8_is_an_unknown_user() -> None:
    client = opened()
    find = UserRequest(reply_key=REPLY_KEY, find=Find())
    client.send("users", b"\xff", find.SerializeToString(), unexpected)
    assert "unknown_user" in results(client)[0]


@pytest.mark.parametrize(("topic", "partitions"), [("users", 16), ("users-create", 1), ("user-events", 32)])
def test_the_topics_have_the_partitions_of_the_real_ones(topic: str, partitions: int) -> None:
    assert opened().partitions(topic) == partitions


def test_a_topic_or_a_partition_that_does_not_exist_is_refused() -> None:
    client = opened()
    with pytest.raises(ClientUnavailable, match="'orders' does not exist"):
        client.partitions("orders")
    with pytest.raises(ValueError, match="no partition 32"):
        client.assign("user-events", 32)


def test_a_closed_client_refuses_records() -> None:
    client = opened()
    client.close()
    client.close()
    with pytest.raises(ClientUnavailable):
        create(client)
    with pytest.raises(ClientUnavailable):
        client.poll(0.01)


def test_close_ends_a_poll_in_progress() -> None:
    client = opened()
    client.poll(0.01)
    poller = Thread(target=poll_to_the_end, args=[client])
    poller.start()
    client.close()
    poller.join(10)
    assert not poller.is_alive()


def poll_to_the_end(client: Client) -> None:
    with contextlib.suppress(ClientUnavailable):
        client.poll(60)


def test_under_gevent_greenlets_send_while_a_native_thread_polls() -> None:
    command = [sys.executable, "-c", UNDER_GEVENT]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert finished.stdout.strip() == "ended", finished.stderr
