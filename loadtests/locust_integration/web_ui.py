"""Two more tabs on Locust's web page, and one row a hop, a component and a fact in what the page polls."""

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from flask import Response, request

from loadtests.locust_integration.cpu import RECENT_S
from loadtests.locust_integration.live_stats import SHOWN, LiveStats, Row

if TYPE_CHECKING:  # importing Locust patches the whole process for gevent, a test's as well
    from locust.web import WebUI

Refresh = Callable[[], LiveStats]
"""Brings the board up to date and gives it."""
CostRows = Callable[[], Sequence[Row]]
"""Gives the rows of what requests cost in the components."""

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


def add_tabs(web_ui: "WebUI", refresh: Refresh, cost_rows: CostRows) -> None:
    """Show the board that *refresh* gives, and the *cost_rows*, in two tabs."""
    web_ui.template_args["extended_tabs"] = [{"title": TITLES[key], "key": key} for key in COLUMNS]
    web_ui.template_args["extended_tables"] = [
        {"key": key, "structure": [{"key": name, "title": TITLES.get(name, name)} for name in columns]}
        for key, columns in COLUMNS.items()
    ]

    def add_board(response: Response) -> Response:
        if request.path.endswith("/stats/requests") and response.is_json:
            document = response.get_json()
            response.set_data(
                json.dumps(document | {"extended_stats": extended_stats(refresh(), cost_rows())})
            )
        return response

    assert web_ui.app is not None
    web_ui.app.after_request(add_board)


def extended_stats(board: LiveStats, costs: Sequence[Row] = ()) -> list[dict[str, str | list[Row]]]:
    """Give the tabs' rows as Locust's page expects them."""
    hops = [*board.hop_rows(), *costs]
    return [{"key": "hops", "data": hops}, {"key": "ledger", "data": board.ledger_rows()}]
