from hypothesis import given
from hypothesis import strategies as st

from system.functions.state import (
    CAPACITY,
    MAX_CREDIT,
    CreateState,
    KeyedOutcome,
    UserState,
    append_keyed,
    find_keyed,
)

UNSIGNED = st.integers(0, 2**64 - 1)


WINDOWS = st.binary(max_size=40).map(lambda entry: entry * 25)
"""As long as any number of entries; what they contain does not matter here."""


@given(st.builds(UserState, st.integers(0, MAX_CREDIT), UNSIGNED, st.booleans(), WINDOWS))
def test_a_users_state_can_be_encoded_and_decoded(state: UserState) -> None:
    assert UserState.decode(state.encode()) == state


@given(st.builds(CreateState, UNSIGNED, UNSIGNED, WINDOWS))
def test_the_create_functions_state_can_be_encoded_and_decoded(state: CreateState) -> None:
    assert CreateState.decode(state.encode()) == state


def test_a_user_without_keys_is_kept_in_17_bytes() -> None:
    assert len(UserState(MAX_CREDIT).encode()) == 17


KEYS = st.binary(min_size=8, max_size=8)
ENTRIES = st.builds(
    KeyedOutcome,
    operation=st.integers(0, 7),
    verdict=st.integers(0, 15),
    amount=st.integers(-(2**63), 2**63 - 1),
    result=st.integers(0, 2**64 - 1),
)


def packed(entries: dict[bytes, KeyedOutcome]) -> bytes:
    window = b""
    for key, entry in entries.items():
        window = append_keyed(window, key, entry)
    return window


@given(st.dictionaries(KEYS, ENTRIES, max_size=30))
def test_appended_entries_are_found(entries: dict[bytes, KeyedOutcome]) -> None:
    window = packed(entries)
    assert {key: find_keyed(window, key) for key in entries} == entries
    assert len(window) == 25 * len(entries)


@given(st.dictionaries(KEYS, ENTRIES, max_size=10), KEYS)
def test_a_key_that_was_not_appended_is_not_found(entries: dict[bytes, KeyedOutcome], key: bytes) -> None:
    entries.pop(key, None)
    assert find_keyed(packed(entries), key) is None


def test_a_key_is_not_found_in_the_middle_of_an_entry() -> None:
    lookalike = b"K" * 8
    inside = int.from_bytes(lookalike, "little")
    window = append_keyed(b"", b"another1", KeyedOutcome(1, 0, inside, inside))
    assert find_keyed(window, lookalike) is None
    entry = KeyedOutcome(2, 1, -5, 7)
    assert find_keyed(append_keyed(window, lookalike, entry), lookalike) == entry


def test_the_oldest_entry_is_removed_from_a_full_window() -> None:
    keys = [number.to_bytes(8, "big") for number in range(CAPACITY + 1)]
    window = packed({key: KeyedOutcome(1, 0, 0, 0) for key in keys})
    assert len(window) == 25 * CAPACITY
    assert find_keyed(window, keys[0]) is None
    assert find_keyed(window, keys[1]) is not None
    assert find_keyed(window, keys[-1]) is not None


@given(st.binary(), ENTRIES)
def test_a_key_of_any_length_is_found(key: bytes, entry: KeyedOutcome) -> None:
    assert find_keyed(append_keyed(b"", key, entry), key) == entry
