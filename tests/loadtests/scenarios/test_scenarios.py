from collections import Counter
from itertools import islice

import pytest

from loadtests.scenarios.catalogue import UnknownScenario, load_scenario, scenarios
from loadtests.scenarios.draw import Draw
from loadtests.scenarios.protocol import NO_PLACE, Request
from loadtests.scenarios.routes import CREATES, LOAD_ROUTES

USERS = 50


def requests(
    name: str, seed: int = 1, sequence: int = 0, skew: float = 0.0, size: int = 2_000
) -> list[Request]:
    scenario = load_scenario(name)(Draw(seed, sequence, USERS, skew))
    return [next(scenario) for _ in range(size)]


@pytest.mark.parametrize("name", scenarios())
def test_a_seed_decides_every_request(name: str) -> None:
    assert requests(name) == requests(name)


@pytest.mark.parametrize("name", [name for name in scenarios() if name != "create"])
def test_other_seeds_and_other_sequences_give_other_requests(name: str) -> None:
    assert requests(name) != requests(name, seed=2)
    assert requests(name) != requests(name, sequence=1)


@pytest.mark.parametrize("name", scenarios())
def test_a_request_goes_to_a_user_who_was_made_before_it(name: str) -> None:
    made = USERS
    for request in requests(name):
        if request.route in CREATES:
            assert request.place == NO_PLACE
            made += not request.again
        else:
            assert 0 <= request.place < made


@pytest.mark.parametrize("name", scenarios())
def test_only_updates_have_an_amount(name: str) -> None:
    for request in requests(name):
        assert (request.amount > 0) == (LOAD_ROUTES[request.route].sign != 0)


@pytest.mark.parametrize("name", scenarios())
def test_a_scenario_states_its_weights(name: str) -> None:
    assert "of 100" in (load_scenario(name).__doc__ or "")


def test_mixed_uses_every_route_and_removes_only_its_own_users_once() -> None:
    made = requests("mixed")
    assert set(Counter(request.route for request in made)) == set(load_scenario("mixed").weights)  # type: ignore[attr-defined]
    removed = [request.place for request in made if request.route == "remove"]
    assert min(removed) >= USERS
    assert len(set(removed)) == len(removed)


def test_mixed_asks_nothing_of_a_user_it_removed() -> None:
    removed: set[int] = set()
    for request in requests("mixed"):
        assert request.place not in removed
        removed |= {request.place} if request.route == "remove" else set()


def test_hot_user_crowds_on_the_first() -> None:
    shares = Counter(request.place for request in requests("hot-user"))
    assert shares[0] > 0.2 * 2_000
    assert shares[0] > 1.8 * shares[1]


def test_without_skew_all_users_are_equally_likely() -> None:
    shares = Counter(request.place for request in requests("credit", size=20_000))
    assert len(shares) == USERS
    assert max(shares.values()) < 1.5 * 20_000 / USERS


def test_a_repeat_is_the_keyed_request_before_it() -> None:
    made = requests("idempotent-retry")
    repeats = [(made[at - 1], request) for at, request in enumerate(made) if request.again]
    assert repeats
    assert all(before.keyed and again == before._replace(again=True) for before, again in repeats)


def test_an_unknown_scenario_is_refused_with_the_ones_there_are() -> None:
    with pytest.raises(UnknownScenario, match=r"'mixd' is not known; choose one of .*mixed"):
        load_scenario("mixd")


def test_a_draw_is_reached_by_every_place() -> None:
    draw = Draw(1, 0, 3, skew=2.0)
    assert set(islice(iter(draw.user, None), 500)) == {0, 1, 2}
