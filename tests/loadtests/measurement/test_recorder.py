from loadtests.generator.responses import NONE
from loadtests.generator.routes import NUMBERS, SPELLING
from loadtests.measurement.recorder import Recorder
from loadtests.measurement.samples import ROUTES, SAMPLE
from tests.loadtests.rows import row


def test_a_row_comes_back_as_it_went_in() -> None:
    recorder = Recorder()
    recorder.append(row(3, "add", user=9, amount=5, credit=7), (0.5, 1.5, 2.5, 3.5, 8.0))
    (kept,) = recorder.rows()
    assert (kept["number"], kept["user"], kept["amount"], kept["credit"]) == (3, 9, 5, 7)
    assert ROUTES[kept["route"]] == "add"
    assert [kept[f"{hop}_ms"] for hop in ("endpoint", "total")] == [0.5, 8.0]


def test_the_rows_since_a_poll_can_be_had_alone() -> None:
    recorder = Recorder()
    for number in range(5):
        recorder.append(row(number, "find"), NONE)
    assert recorder.rows(first=3)["number"].tolist() == [3, 4]
    assert len(recorder) == 5


def test_an_empty_load_is_no_rows() -> None:
    assert Recorder().rows().dtype == SAMPLE
    assert len(Recorder().rows()) == 0


def test_every_route_is_spelt() -> None:
    assert tuple(SPELLING) == ROUTES
    assert NUMBERS["create"] == 0
