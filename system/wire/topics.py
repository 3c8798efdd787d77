"""Topics between endpoint and functions: names, keys and numbers of partitions."""

USERS = "users"
USERS_CREATE = "users-create"
USER_EVENTS = "user-events"

INGRESS = frozenset({USERS, USERS_CREATE})
"""The topics that the functions read. Their numbers of partitions cannot change while the state lives."""

CREATE_KEY = "create"
"""The id of the only create function, and so the key of each record in `users-create`."""

PARTITIONS = {USERS: 16, USERS_CREATE: 1, USER_EVENTS: 32}
"""`users-create` feeds a single function; each endpoint process needs one partition of `user-events`."""

ONE_PARTITION_EACH = dict.fromkeys(PARTITIONS, 1)
"""The topics as the 2020 project had them."""
