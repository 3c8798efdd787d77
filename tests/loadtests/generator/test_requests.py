from itertools import islice, pairwise

from loadtests.generator.requests import NEVER_GIVEN, NumberedRequest, RequestSequence
from loadtests.scenarios.draw import Draw
from loadtests.scenarios.idempotent_retry import IdempotentRetry
from loadtests.scenarios.mixed import Mixed

POPULATION = ["7", "8", "9"]


def stream(index: int = 0, streams: int = 1) -> RequestSequence:
    return RequestSequence(Mixed(Draw(1, index, len(POPULATION))), index, streams, POPULATION)


def steps(of: RequestSequence, size: int = 300) -> list[NumberedRequest]:
    return [next(of) for _ in range(size)]


def test_the_streams_of_a_load_share_no_number() -> None:
    numbers = [step.number for index in range(3) for step in steps(stream(index, 3))]
    assert sorted(numbers) == list(range(900))


def test_a_user_from_set_up_is_asked_for_by_id() -> None:
    one = stream()
    step = next(step for step in steps(one) if 0 <= step.place < 3 and step.request.route == "find")
    user_id = POPULATION[step.place]
    assert one.spelt(step) == ("GET", f"/users/find/{user_id}", user_id)


def test_a_user_made_in_the_load_is_asked_for_by_the_id_that_the_answer_gave() -> None:
    one = stream()
    made = steps(one)
    create = next(step for step in made if step.request.route == "create")
    later = next(step for step in made if step.place == create.place and step is not create)
    assert one.spelt(create) == ("POST", "/users/create", "")
    assert one.user_id(later.place) == NEVER_GIVEN
    one.born(create, "42")
    assert one.user_id(later.place) == "42"


def test_a_repeat_belongs_to_the_operation_it_repeats() -> None:
    one = RequestSequence(IdempotentRetry(Draw(1, 0, 3)), 5, 10, POPULATION)
    made = steps(one)
    assert [step.number for step in islice(made, 3)] == [5, 15, 25]
    for before, step in pairwise(made):
        assert step.operation == (before.number if step.request.again else step.number)
        if step.request.again and step.request.route == "create":
            assert step.place == before.place
