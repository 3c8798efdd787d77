"""The routes under /payment: the contract of a course benchmark, to which every refusal is a 400."""

from collections.abc import Mapping

from flask import request

from system.endpoint import messages
from system.endpoint.batches import Batches
from system.endpoint.http import parameters
from system.endpoint.http.dispatch import View
from system.endpoint.http.responses import Answer, RequestRefused, of_exchange, success
from system.endpoint.request_reply import Exchange
from system.wire.topics import CREATE_KEY, USERS, USERS_CREATE
from system.wire.users_pb2 import UserRequest


class PaymentRoutes:
    """Answers them by asking the functions through *exchange*, and fills *batches*."""

    def __init__(self, exchange: Exchange, batches: Batches) -> None:
        self._exchange = exchange
        self._batches = batches

    def views(self) -> Mapping[str, View]:
        """Return the views by the names of their routes."""
        return {
            "payment_create_user": self.create_user,
            "payment_batch_init": self.batch_init,
            "payment_find_user": self.find_user,
            "payment_add_funds": self.add_funds,
            "payment_pay": self.pay,
        }

    def create_user(self) -> Answer:
        """Make a user."""
        message = messages.create(parameters.key_hash(request.environ))
        return _two_failures(of_exchange(self._exchange.ask(USERS_CREATE, CREATE_KEY, message)))

    def batch_init(self, count: str, money: str) -> Answer:
        """Make the users 0..count-1, each with *money*, whatever they had."""
        users, credit = parameters.batch_count(count), parameters.amount(money)
        filled = of_exchange(self._batches.fill(users, credit, parameters.key_hash(request.environ)))
        if filled.status >= 300:
            return _two_failures(filled)
        return success({"msg": f"The users 0..{users - 1} have a credit of {credit} each."})

    def find_user(self, user_id: str) -> Answer:
        """Tell a user's credit."""
        return self._ask_user(user_id, messages.find())

    def add_funds(self, user_id: str, amount: str) -> Answer:
        """Raise a user's credit."""
        key = parameters.key_hash(request.environ)
        return self._ask_user(user_id, messages.add(parameters.amount(amount), key))

    def pay(self, user_id: str, amount: str) -> Answer:
        """Lower a user's credit, if it suffices."""
        key = parameters.key_hash(request.environ)
        return self._ask_user(user_id, messages.subtract(parameters.amount(amount), key))

    def _ask_user(self, user_id: str, message: UserRequest) -> Answer:
        try:
            known = parameters.user_id(user_id)
        except RequestRefused as refused:
            return _two_failures(refused.answer)
        return _two_failures(of_exchange(self._exchange.ask(USERS, known, message)))


def _two_failures(answer: Answer) -> Answer:
    if answer.status < 300:
        return answer._replace(status=200)
    return answer._replace(status=400) if answer.status < 500 else answer
