"""Two more tabs on Locust's web page, and their rows in the JSON that the page polls."""

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from flask import Response, request

from loadtests.locust_integration.cpu_per_request import RECENT_S
from loadtests.locust_integration.live_stats import SHOWN, LiveStats, TableRow

if TYPE_CHECKING:  # importing Locust patches the whole process for gevent, a test's as well
    from locust.web import WebUI

COLUMNS = {
    "hops": ("hop", "count", *SHOWN, "recent", "since"),
    "ledger": ("fact", "value"),
}
TITLES = {
    "hops": "Hops and costs",
    "ledger": "Ledger",
    "hop": "hop or component",
    "recent": f"CPU µs/request, last {RECENT_S} s",
    "since": "CPU µs/request, since the start",
} | {name: f"{name} (ms)" for name in SHOWN}


def add_tabs(
    web_ui: "WebUI", live_stats: Callable[[], LiveStats], cost_rows: Callable[[], Sequence[TableRow]]
) -> None:
    """Add the tabs; at each poll they show *live_stats* and *cost_rows*."""
    web_ui.template_args["extended_tabs"] = [{"title": TITLES[key], "key": key} for key in COLUMNS]
    web_ui.template_args["extended_tables"] = [
        {"key": key, "structure": [{"key": name, "title": TITLES.get(name, name)} for name in columns]}
        for key, columns in COLUMNS.items()
    ]

    def add_rows(response: Response) -> Response:
        if request.path.endswith("/stats/requests") and response.is_json:
            rows = {"extended_stats": extended_stats(live_stats(), cost_rows())}
            response.set_data(json.dumps(response.get_json() | rows))
        return response

    assert web_ui.app is not None
    web_ui.app.after_request(add_rows)


def extended_stats(
    live_stats: LiveStats, cost_rows: Sequence[TableRow] = ()
) -> list[dict[str, str | list[TableRow]]]:
    """Return the rows of the tabs as Locust's page expects them."""
    hops = [*live_stats.hop_rows(), *cost_rows]
    return [{"key": "hops", "data": hops}, {"key": "ledger", "data": live_stats.ledger_rows()}]
