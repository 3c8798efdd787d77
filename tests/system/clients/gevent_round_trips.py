"""Program in which greenlets send records and a native thread reads them, in a process patched by gevent.

Its arguments are a client's name, a broker's address and a topic of 32 partitions; it prints how many
greenlets got all their records back.
"""

from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402
from collections import deque  # noqa: E402
from contextlib import closing  # noqa: E402

import gevent  # noqa: E402
from gevent.event import AsyncResult  # noqa: E402

from system.clients.catalogue import CLIENTS  # noqa: E402
from system.clients.protocol import Client  # noqa: E402
from system.concurrency import start_thread  # noqa: E402
from tests.system.clients.traffic import KEYS, PARTITION, unexpected  # noqa: E402

GREENLETS = 64
ROUNDS = 5


class Echo:
    """Greenlets that each wait for the record that they have sent."""

    def __init__(self, client: Client, topic: str) -> None:
        self.stopping = False
        self._client = client
        self._topic = topic
        self._waiting: dict[bytes, AsyncResult] = {}
        self._arrived: deque[bytes] = deque()
        self._wake = gevent.get_hub().loop.async_()
        self._wake.start(self._hand_over)

    def run(self, number: int) -> bool:
        return all(self._comes_back(b"%d:%d" % (number, turn)) for turn in range(ROUNDS))

    def read(self) -> None:
        while not self.stopping:
            self._arrived.extend(self._client.poll(0.2))
            self._wake.send()

    def _comes_back(self, value: bytes) -> bool:
        reply = self._waiting[value] = AsyncResult()
        self._client.send(self._topic, KEYS[0], value, unexpected)
        return bool(reply.get(timeout=20) == value)

    def _hand_over(self) -> None:
        while self._arrived:
            value = self._arrived.popleft()
            self._waiting.pop(value).set(value)


def main(name: str, address: str, topic: str) -> None:
    with closing(CLIENTS.load(name).open(address, 10)) as client:
        client.assign(topic, PARTITION)
        echo = Echo(client, topic)
        ended = start_thread(echo.read, "reader")
        greenlets = [gevent.spawn(echo.run, number) for number in range(GREENLETS)]
        gevent.joinall(greenlets, raise_error=True)
        echo.stopping = True
        ended.acquire()
        print(sum(greenlet.value for greenlet in greenlets), "greenlets were answered")


if __name__ == "__main__":
    main(*sys.argv[1:])
