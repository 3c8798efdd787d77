"""When new requests are refused, and when that ends, as decisions on given times."""

from system.endpoint.fail_fast import ASK_EVERY_S, FailFast

SILENCE_S = 2.0


def refuses(state: FailFast) -> bool:
    return state.cause is not None


def test_new_requests_are_refused_when_no_reply_came_for_some_seconds() -> None:
    state = FailFast(SILENCE_S)
    state.note_silence(100.0)
    state.note_silence(101.9)
    assert not refuses(state)
    state.note_silence(102.0)
    assert state.cause == "no reply has come for 2 s"


def test_any_reply_ends_the_silence_and_the_refusals() -> None:
    state = FailFast(SILENCE_S)
    state.note_silence(100.0)
    state.note_reply()
    state.note_silence(101.0)
    state.note_silence(102.9)
    assert not refuses(state)
    state.note_silence(103.0)
    assert refuses(state)
    state.note_reply()
    assert (refuses(state), state.in_doubt) == (False, False)


def test_a_question_is_asked_before_requests_are_refused_and_as_long_as_they_are() -> None:
    state = FailFast(SILENCE_S)
    state.note_silence(100.0)
    assert not state.should_ask(100.9)
    assert state.should_ask(101.0)
    assert not state.should_ask(101.0 + ASK_EVERY_S / 2)
    assert state.should_ask(101.0 + ASK_EVERY_S)
    state.note_silence(102.0)
    assert state.should_ask(200.0)
    state.note_reply()
    assert not state.should_ask(300.0)


def test_a_broker_at_which_nothing_listens_is_reason_enough() -> None:
    state = FailFast(SILENCE_S)
    state.note_unreachable(100.0, "kafka:9092: Connection refused", certain=True)
    assert state.cause == "Kafka cannot be reached: kafka:9092: Connection refused"
    assert state.should_ask(100.0)


def test_an_uncertain_outage_needs_a_silence_so_that_a_name_server_alone_stops_nothing() -> None:
    state = FailFast(SILENCE_S)
    state.note_unreachable(100.0, "the name kafka has no address", certain=False)
    assert not refuses(state)
    state.note_silence(100.0)
    state.note_unreachable(100.5, "the name kafka has no address", certain=False)
    assert not refuses(state)
    state.note_unreachable(101.0, "the name kafka has no address", certain=False)
    assert refuses(state)
