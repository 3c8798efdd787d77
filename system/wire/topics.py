"""The topics that connect endpoint and functions: names, keys and numbers of partitions."""

USERS = "users"
USERS_CREATE = "users-create"
USER_EVENTS = "user-events"

INGRESS = frozenset({USERS, USERS_CREATE})
"""What the functions read. The number of partitions of these topics is fixed for the life of the state."""

CREATE_KEY = "create"
"""The id of the only create function, and so the key of every record of `users-create`."""

PARTITIONS = {USERS: 16, USERS_CREATE: 1, USER_EVENTS: 32}
"""`users-create` feeds one function; `user-events` has one partition per endpoint process."""

ONE_PARTITION_EACH = dict.fromkeys(PARTITIONS, 1)
"""The topics as the 2020 project had them."""
