"""How meinheld's greenlets are stopped, which meinheld by itself does not care for."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from system.servers.meinheld import COOPERATIVE
from tests.system.servers.running import answered_until_refused, eventually, started

LACKING = COOPERATIVE.unavailable()
pytestmark = pytest.mark.skipif(LACKING is not None, reason=str(LACKING))

CLIENTS = 16
WAIT = "/noticed/200"


def test_every_greenlet_that_waits_at_a_stop_is_answered_and_kept_connections_do_not_go_on(
    tmp_path: Path,
) -> None:
    with started(COOPERATIVE.name, "open_app", tmp_path) as running, ThreadPoolExecutor(CLIENTS) as pool:
        eventually(running.answers, "it answers")
        clients = [pool.submit(answered_until_refused, running, WAIT) for _ in range(CLIENTS)]
        eventually(lambda: running.held() >= 3 * CLIENTS, "every connection is kept")
        running.stop()
        assert sum(client.result() for client in clients) == running.held()
