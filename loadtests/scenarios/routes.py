"""The service's routes as a load uses them: method, path, and effect on a user's credit."""

from typing import NamedTuple

from loadtests.measurement.samples import ROUTES

MAX_CREDIT = 2**63 - 1
"""The service refuses what would raise a user's credit above this."""


class LoadRoute(NamedTuple):
    """One route: its method, its path with `{id}` and `{amount}` open, and the sign of its amount."""

    method: str
    path: str
    sign: int = 0


class UserRoutes(NamedTuple):
    """The names of the routes by which a load creates its users and reads them at the end."""

    create: str
    add: str
    read: str


LOAD_ROUTES = {
    "create": LoadRoute("POST", "/users/create"),
    "find": LoadRoute("GET", "/users/find/{id}"),
    "credit": LoadRoute("GET", "/users/credit/{id}"),
    "add": LoadRoute("POST", "/users/credit/add/{id}/{amount}", +1),
    "subtract": LoadRoute("POST", "/users/credit/subtract/{id}/{amount}", -1),
    "remove": LoadRoute("DELETE", "/users/remove/{id}"),
    "payment-create": LoadRoute("POST", "/payment/create_user"),
    "payment-find": LoadRoute("GET", "/payment/find_user/{id}"),
    "payment-add": LoadRoute("POST", "/payment/add_funds/{id}/{amount}", +1),
    "payment-pay": LoadRoute("POST", "/payment/pay/{id}/{amount}", -1),
}
ROUTE_NUMBERS = {name: number for number, name in enumerate(ROUTES)}
CREATES = frozenset({"create", "payment-create"})
CREATE_NUMBERS = [ROUTE_NUMBERS[name] for name in CREATES]
READ_NUMBERS = [ROUTE_NUMBERS[name] for name, route in LOAD_ROUTES.items() if route.method == "GET"]

USERS = UserRoutes(create="create", add="add", read="credit")
PAYMENT = UserRoutes(create="payment-create", add="payment-add", read="payment-find")


def method_and_path(route: str, user_id: str = "", amount: int = 0) -> tuple[str, str]:
    """Return the method and the path of *route* for the user *user_id*."""
    method, path, _ = LOAD_ROUTES[route]
    return method, path.format(id=user_id, amount=amount)
