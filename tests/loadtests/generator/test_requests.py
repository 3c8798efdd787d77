from itertools import islice, pairwise

from loadtests.generator.requests import UNKNOWN_ID, NumberedRequest, RequestSequence
from loadtests.scenarios.draw import Draw
from loadtests.scenarios.idempotent_retry import IdempotentRetry
from loadtests.scenarios.mixed import Mixed

POPULATION = ["7", "8", "9"]


def open_sequence(index: int = 0, sequences: int = 1) -> RequestSequence:
    return RequestSequence(Mixed(Draw(1, index, len(POPULATION))), index, sequences, POPULATION)


def first_requests(sequence: RequestSequence, size: int = 300) -> list[NumberedRequest]:
    return [next(sequence) for _ in range(size)]


def test_the_sequences_of_a_load_share_no_number() -> None:
    numbers = [request.number for index in range(3) for request in first_requests(open_sequence(index, 3))]
    assert sorted(numbers) == list(range(900))


def test_a_user_of_the_population_is_requested_by_id() -> None:
    sequence = open_sequence()
    request = next(one for one in first_requests(sequence) if 0 <= one.place < 3 and one.route == "find")
    user_id = POPULATION[request.place]
    assert sequence.resolve(request) == ("GET", f"/users/find/{user_id}", user_id)


def test_a_user_created_in_the_load_is_requested_by_the_id_in_the_answer() -> None:
    sequence = open_sequence()
    requests = first_requests(sequence)
    create = next(one for one in requests if one.route == "create")
    later = next(one for one in requests if one.place == create.place and one is not create)
    assert sequence.resolve(create) == ("POST", "/users/create", "")
    assert sequence.user_id(later.place) == UNKNOWN_ID
    sequence.keep_id(create, "42")
    assert sequence.user_id(later.place) == "42"


def test_a_repeat_belongs_to_the_operation_it_repeats() -> None:
    sequence = RequestSequence(IdempotentRetry(Draw(1, 0, 3)), 5, 10, POPULATION)
    requests = first_requests(sequence)
    assert [one.number for one in islice(requests, 3)] == [5, 15, 25]
    for before, request in pairwise(requests):
        assert request.operation == (before.number if request.again else request.number)
        if request.again and request.route == "create":
            assert request.place == before.place
