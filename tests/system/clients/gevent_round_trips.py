"""Sends records from greenlets and has a native thread read them back, in a process that gevent has patched.

Called with a client's name, a broker's address and a topic of 32 partitions; prints what came back to whom.
"""

from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402
from collections import deque  # noqa: E402
from contextlib import closing  # noqa: E402

import gevent  # noqa: E402
from gevent.event import AsyncResult  # noqa: E402

from system.clients.catalogue import CLIENTS  # noqa: E402
from system.clients.native import start_thread  # noqa: E402
from tests.system.clients.traffic import KEYS, PARTITION, unexpected  # noqa: E402

GREENLETS = 64
ROUNDS = 5


def main(name: str, address: str, topic: str) -> None:
    with closing(CLIENTS.load(name).open(address, 10)) as client:
        client.assign(topic, PARTITION)
        waiting: dict[bytes, AsyncResult] = {}
        arrived: deque[bytes] = deque()
        stopping: list[bool] = []
        wake = gevent.get_hub().loop.async_()

        def hand_over() -> None:
            while arrived:
                value = arrived.popleft()
                waiting.pop(value).set(value)

        def read() -> None:
            while not stopping:
                if values := client.poll(0.2):
                    arrived.extend(values)
                    wake.send()

        def ask(number: int) -> bool:
            for turn in range(ROUNDS):
                value = b"%d:%d" % (number, turn)
                reply = waiting[value] = AsyncResult()
                client.send(topic, KEYS[0], value, unexpected)
                if reply.get(timeout=20) != value:
                    return False
            return True

        wake.start(hand_over)
        ended = start_thread(read, "reader")
        asking = [gevent.spawn(ask, number) for number in range(GREENLETS)]
        gevent.joinall(asking, raise_error=True)
        stopping.append(True)
        ended.acquire()
        print(sum(greenlet.value for greenlet in asking), "greenlets were answered")


if __name__ == "__main__":
    main(*sys.argv[1:])
