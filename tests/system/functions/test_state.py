from hypothesis import given
from hypothesis import strategies as st

from system.functions.state import MAX_CREDIT, CreateState, UserState

UNSIGNED = st.integers(0, 2**64 - 1)


@given(st.builds(UserState, st.integers(0, MAX_CREDIT), UNSIGNED, st.booleans(), st.binary()))
def test_a_users_state_survives_its_bytes(state: UserState) -> None:
    assert UserState.decode(state.encode()) == state


@given(st.builds(CreateState, UNSIGNED, UNSIGNED, st.binary()))
def test_the_creators_state_survives_its_bytes(state: CreateState) -> None:
    assert CreateState.decode(state.encode()) == state


def test_a_user_without_keys_is_kept_in_17_bytes() -> None:
    assert len(UserState(MAX_CREDIT).encode()) == 17
