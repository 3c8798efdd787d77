from loadtests.measurement.recorder import Recorder
from loadtests.measurement.samples import NO_HOPS, ROUTES, SAMPLE
from loadtests.scenarios.routes import LOAD_ROUTES, ROUTE_NUMBERS
from tests.loadtests.rows import row


def test_a_row_comes_back_as_it_went_in() -> None:
    recorder = Recorder()
    recorder.append(row(3, "add", user=9, amount=5, credit=7), (0.5, 1.5, 2.5, 3.5, 8.0))
    (kept,) = recorder.rows()
    assert (kept["number"], kept["user"], kept["amount"], kept["credit"]) == (3, 9, 5, 7)
    assert ROUTES[kept["route"]] == "add"
    assert [kept[f"{hop}_ms"] for hop in ("endpoint", "total")] == [0.5, 8.0]


def test_rows_from_an_index_on_can_be_read_alone() -> None:
    recorder = Recorder()
    for number in range(5):
        recorder.append(row(number, "find"), NO_HOPS)
    assert recorder.rows(first=3)["number"].tolist() == [3, 4]
    assert len(recorder) == 5


def test_an_empty_load_has_no_rows() -> None:
    assert Recorder().rows().dtype == SAMPLE
    assert len(Recorder().rows()) == 0


def test_every_route_has_a_method_and_a_path() -> None:
    assert tuple(LOAD_ROUTES) == ROUTES
    assert ROUTE_NUMBERS["create"] == 0
