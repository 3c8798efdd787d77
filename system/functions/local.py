"""Functions in process: records are routed as Flink would route them."""

from collections.abc import Iterator

from system.functions.function import Drops, Record, create_function, user_function
from system.functions.state import CreateState, UserState
from system.wire.topics import USERS, USERS_CREATE


class LocalFunctions:
    """Both functions, their states in memory; not thread-safe."""

    def __init__(self) -> None:
        self.drops = Drops()
        self.users: dict[str, UserState] = {}
        self.creates: dict[str, CreateState] = {}
        self._user, self._create = user_function(), create_function()

    def apply(self, record: Record) -> Iterator[Record]:
        """Apply *record* and the records that follow from it; yield each of those."""
        written = self._apply_one(record)
        while written is not None:
            yield written
            written = self._apply_one(written)

    def _apply_one(self, record: Record) -> Record | None:
        topic, key, value = record
        if topic == USERS:
            before = self.users.get(key)
            after, written = self._user.apply(key, before, value, self.drops)
            if after is not None and after is not before:
                self.users[key] = after
            return written
        if topic == USERS_CREATE:
            return self._apply_create(key, value)
        return None

    def _apply_create(self, key: str, value: bytes) -> Record | None:
        state, written = self._create.apply(key, self.creates.get(key), value, self.drops)
        if state is not None:
            self.creates[key] = state
        return written
