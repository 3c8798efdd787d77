"""Routes under /users."""

import logging
import os
from collections.abc import Callable, Mapping

import orjson
from flask import request

from system.clients.protocol import SendFailure
from system.endpoint import messages
from system.endpoint.http import parameters
from system.endpoint.http.batch_answers import accepted, looked_up
from system.endpoint.http.dispatch import View
from system.endpoint.http.responses import Answer, failure, from_result
from system.endpoint.messages import Request
from system.endpoint.request_reply import Requester
from system.wire.topics import CREATE_KEY, USERS, USERS_CREATE

CREATED = 201

log = logging.getLogger(__name__)


class UserViews:
    """Views of these routes, which send requests to the functions."""

    def __init__(self, requester: Requester) -> None:
        self._requester = requester

    def views(self) -> Mapping[str, View]:
        """Return the views by name of the route."""
        return {
            "create": self.create,
            "find": self.find,
            "credit": self.find,
            "remove": self.remove,
            "add": self.add,
            "subtract": self.subtract,
            "look_up": self.look_up,
        }

    def create(self) -> Answer:
        """Create a user."""
        return self._change(USERS_CREATE, CREATE_KEY, messages.create)

    def find(self, user_id: str) -> Answer:
        """Return a user's credit."""
        return from_result(self._requester.request(USERS, parameters.user_id(user_id), messages.find()))

    def remove(self, user_id: str) -> Answer:
        """Remove a user."""
        return self._change(USERS, parameters.user_id(user_id), messages.remove)

    def add(self, user_id: str, amount: str) -> Answer:
        """Raise a user's credit."""
        value = parameters.amount(amount)
        return self._change(USERS, parameters.user_id(user_id), lambda key: messages.add(value, key))

    def subtract(self, user_id: str, amount: str) -> Answer:
        """Lower a user's credit, if it is sufficient."""
        value = parameters.amount(amount)
        return self._change(USERS, parameters.user_id(user_id), lambda key: messages.subtract(value, key))

    def look_up(self, request_id: str) -> Answer:
        """Return the outcome of a request that was answered with 202."""
        function_id, key = parameters.parse_request_id(request_id)
        if function_id != CREATE_KEY:
            return from_result(self._requester.request(USERS, function_id, messages.look_up_user(key)))
        result = self._requester.request(USERS_CREATE, CREATE_KEY, messages.look_up_create(key))
        reply = from_result(result)
        return looked_up(reply) if reply.status == 200 else _with_location(reply)

    def _change(self, topic: str, function_id: str, message: Callable[[bytes], Request]) -> Answer:
        environ = request.environ
        key = parameters.key_hash(environ)
        if parameters.wants_async(environ):
            return self._accept(topic, function_id, message, key or os.urandom(parameters.KEY_HASH_BYTES))
        return _with_location(from_result(self._requester.request(topic, function_id, message(key))))

    def _accept(
        self, topic: str, function_id: str, message: Callable[[bytes], Request], key: bytes
    ) -> Answer:
        refusal = self._requester.refusal() or self._requester.send_without_reply(
            topic, function_id, message(key), _log_loss
        )
        if refusal is not None:
            return failure(refusal.error, refusal.detail)
        return accepted(parameters.request_id(function_id, key))


def _log_loss(failure: SendFailure) -> None:
    log.warning("a request that was answered 202 was lost: %s", failure.reason)


def _with_location(answer: Answer) -> Answer:
    if answer.status != CREATED:
        return answer
    location = f"/users/find/{orjson.loads(answer.body)['user_id']}"
    return answer._replace(headers=(("Location", location),))
