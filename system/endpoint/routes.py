"""Every route of the service: its name, its method, its path."""

from typing import NamedTuple


class Route(NamedTuple):
    """One route; *name* is what metrics, the description and the views call it."""

    name: str
    method: str
    path: str


ROUTES = (
    Route("create", "POST", "/users/create"),
    Route("find", "GET", "/users/find/<user_id>"),
    Route("remove", "DELETE", "/users/remove/<user_id>"),
    Route("credit", "GET", "/users/credit/<user_id>"),
    Route("add", "POST", "/users/credit/add/<user_id>/<amount>"),
    Route("subtract", "POST", "/users/credit/subtract/<user_id>/<amount>"),
    Route("look_up", "GET", "/users/requests/<request_id>"),
    Route("payment_create_user", "POST", "/payment/create_user"),
    Route("payment_batch_init", "POST", "/payment/batch_init/<count>/<money>"),
    Route("payment_find_user", "GET", "/payment/find_user/<user_id>"),
    Route("payment_add_funds", "POST", "/payment/add_funds/<user_id>/<amount>"),
    Route("payment_pay", "POST", "/payment/pay/<user_id>/<amount>"),
    Route("healthz", "GET", "/healthz"),
    Route("readyz", "GET", "/readyz"),
    Route("metrics", "GET", "/metrics"),
    Route("openapi", "GET", "/openapi.json"),
)

UNKNOWN = "unknown"
"""What metrics call a request whose path or method is none of these."""

LABELS = (*(route.name for route in ROUTES), UNKNOWN)
"""The values of the metrics' label `route`."""
