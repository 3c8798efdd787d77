"""The reason for a failed start is taken from the log, where it is the exception of this start."""

from pathlib import Path

from system.processes.process import last_words, size

OLD = "Traceback (most recent call last):\nsystem.clients.protocol.ClientUnavailable: it was gone\n"
NEW = "Traceback (most recent call last):\nsystem.endpoint.claims.NoFreePartition: all are claimed\nBye\n"


def test_it_is_the_message_of_the_last_exception(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(OLD + NEW)
    assert last_words(log, 0) == "all are claimed"


def test_what_an_earlier_start_said_does_not_count(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(OLD)
    assert last_words(log, size(log)) == ""


def test_there_need_not_be_a_log(tmp_path: Path) -> None:
    assert (size(tmp_path / "log"), last_words(tmp_path / "log", 0)) == (0, "")
