"""What a component needs is waited for at each start, up to a deadline."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from system.processes.component import READY, Command, Component
from system.processes.readiness import Need, NotReady, put_behind

COMMAND = Command(("true",), Path("/log"))
PLAIN = Component("part", lambda: COMMAND, lambda: READY, "nowhere")


def answering(*answers: str) -> Need:
    given: Iterator[str] = iter(answers)
    return Need("the broker", lambda: next(given))


def test_a_start_waits_until_what_is_needed_answers_and_says_so_once() -> None:
    said: list[str] = []
    part = put_behind([answering("refused", "refused", READY)], PLAIN, 10.0, said.append)
    assert part.command() == COMMAND
    assert said == ["waiting for the broker"]


def test_each_start_waits_anew() -> None:
    part = put_behind([answering(READY, READY)], PLAIN, 10.0, pytest.fail)
    assert [part.command(), part.command()] == [COMMAND, COMMAND]


def test_what_does_not_answer_in_time_is_told_with_what_was_seen_last() -> None:
    part = put_behind([Need("the broker", lambda: "refused")], PLAIN, 0.01, lambda said: None)
    with pytest.raises(NotReady, match="the broker did not answer in time; last seen: refused"):
        part.command()
