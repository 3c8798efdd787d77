"""Answers about a batch of users: accepted, in progress, unfinished at the deadline, done."""

from urllib.parse import quote

import orjson

from system.endpoint.batches import Batch
from system.endpoint.http import parameters
from system.endpoint.http.responses import Answer, Headers, failure, success
from system.wire.topics import CREATE_KEY


def location_of(request_id: str) -> Headers:
    """Return the header with the address at which the outcome of a request can be read."""
    return (("Location", f"/users/requests/{quote(request_id, safe='')}"),)


def accepted(request_id: str) -> Answer:
    """Return the answer to a request whose outcome is to be read later."""
    headers = (*location_of(request_id), ("Preference-Applied", "respond-async"))
    return success({"result": "accepted", "request_id": request_id}, headers, 202)


def accepted_batch(batch: Batch) -> Answer:
    """Return the answer to an asynchronous request for *batch*, which is reserved."""
    return accepted(parameters.request_id(CREATE_KEY, batch.key_hash))


def batch_outcome(batch: Batch, *, has_key: bool) -> Answer:
    """Return the answer to a request that waited for *batch*; *has_key*: whether it can be repeated."""
    if batch.is_noted:
        return _done(batch.count, batch.credit)
    where = location_of(parameters.request_id(CREATE_KEY, batch.key_hash))
    repeat = (
        "or repeat the request with the same Idempotency-Key, which goes on with it"
        if has_key
        else "and send an Idempotency-Key with the next one, so that it can be repeated"
    )
    detail = (
        f"{batch.done} of {batch.count} users have their credit; the others get it in the background. "
        f"Read {where[0][1]} for its progress, {repeat}."
    )
    return failure("timeout", detail, where)


def looked_up(reply: Answer) -> Answer:
    """Return the answer to a look-up for which the create function has sent *reply*, about a batch."""
    batch = orjson.loads(reply.body)
    if batch["done"] < batch["count"]:
        pending = success({"result": "pending", "done": batch["done"], "of": batch["count"]}, status=202)
        return pending._replace(hop_times=reply.hop_times)
    return _done(batch["count"], batch["credit"])._replace(hop_times=reply.hop_times)


def _done(count: int, credit: int) -> Answer:
    return success({"msg": f"The users 0..{count - 1} have a credit of {credit} each."})
