"""Routes under /payment: the contract of a course benchmark, in which every refusal is 400."""

import os
from collections.abc import Mapping
from time import monotonic

from flask import request

from system.endpoint import messages
from system.endpoint.batches import Batches
from system.endpoint.http import parameters
from system.endpoint.http.batch_answers import accepted_batch, batch_outcome
from system.endpoint.http.dispatch import View
from system.endpoint.http.responses import Answer, RequestRefused, from_result
from system.endpoint.request_reply import Requester, RequestResult
from system.wire.topics import CREATE_KEY, USERS, USERS_CREATE
from system.wire.users_pb2 import UserRequest


class PaymentViews:
    """Views of these routes, which send requests to the functions."""

    def __init__(self, requester: Requester, batches: Batches) -> None:
        self._requester = requester
        self._batches = batches

    def views(self) -> Mapping[str, View]:
        """Return the views by name of the route."""
        return {
            "payment_create_user": self.create_user,
            "payment_batch_init": self.batch_init,
            "payment_find_user": self.find_user,
            "payment_add_funds": self.add_funds,
            "payment_pay": self.pay,
        }

    def create_user(self) -> Answer:
        """Create a user."""
        message = messages.create(parameters.key_hash(request.environ))
        return _payment_answer(from_result(self._requester.request(USERS_CREATE, CREATE_KEY, message)))

    def batch_init(self, count: str, money: str) -> Answer:
        """Set the credit of the users 0..count-1 to *money*; create those that do not exist.

        Wait for that until the deadline, unless the caller prefers to ask for the outcome later.
        """
        end_s = monotonic() + self._requester.deadline_s
        users, credit = parameters.batch_count(count), parameters.amount(money)
        key = parameters.key_hash(request.environ)
        started = self._batches.start(users, credit, key or os.urandom(parameters.KEY_HASH_BYTES))
        if isinstance(started, RequestResult):
            return _payment_answer(from_result(started))
        if parameters.wants_async(request.environ):
            return accepted_batch(started)
        self._batches.wait(started, max(end_s - monotonic(), 0))
        return batch_outcome(started, has_key=bool(key))

    def find_user(self, user_id: str) -> Answer:
        """Return a user's credit."""
        return self._request_user(user_id, messages.find())

    def add_funds(self, user_id: str, amount: str) -> Answer:
        """Raise a user's credit."""
        key = parameters.key_hash(request.environ)
        return self._request_user(user_id, messages.add(parameters.amount(amount), key))

    def pay(self, user_id: str, amount: str) -> Answer:
        """Lower a user's credit, if it is sufficient."""
        key = parameters.key_hash(request.environ)
        return self._request_user(user_id, messages.subtract(parameters.amount(amount), key))

    def _request_user(self, user_id: str, message: UserRequest) -> Answer:
        try:
            checked_id = parameters.user_id(user_id)
        except RequestRefused as refused:
            return _payment_answer(refused.answer)
        return _payment_answer(from_result(self._requester.request(USERS, checked_id, message)))


def _payment_answer(answer: Answer) -> Answer:
    """Return *answer* with status 200 for every success, and 400 for every refusal."""
    if answer.status < 300:
        return answer._replace(status=200)
    return answer._replace(status=400) if answer.status < 500 else answer
