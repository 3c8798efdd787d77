"""What an endpoint counts, as its metrics tell."""

import re

from tests.system.contract.asking import asking


def counted(address: str, name: str) -> int:
    """Return the value of the metric *name* that has no labels."""
    with asking(address) as asker:
        text = asker.get("/metrics").body.decode()
    found = re.search(rf"^{name} (\d+)$", text, re.MULTILINE)
    assert found is not None, f"no metric {name}"
    return int(found[1])
