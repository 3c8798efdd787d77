"""The cache is found by the environment, and what is written there appears whole or not at all."""

from pathlib import Path

import pytest

from system.errors import Unfit
from system.setup import cache


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"STATEFUN_BENCH_CACHE": "/own", "XDG_CACHE_HOME": "/xdg", "HOME": "/home/me"}, "/own"),
        ({"XDG_CACHE_HOME": "/xdg", "HOME": "/home/me"}, "/xdg/statefun-bench"),
        ({"STATEFUN_BENCH_CACHE": "", "HOME": "/home/me"}, "/home/me/.cache/statefun-bench"),
    ],
)
def test_the_environment_says_where_the_cache_is(environment: dict[str, str], expected: str) -> None:
    assert cache.locate(environment) == Path(expected)


def test_a_cache_that_cannot_stand_in_a_class_path_is_refused() -> None:
    with pytest.raises(Unfit, match="has ':' in its path, which Java cannot take; set STATEFUN_BENCH_CACHE"):
        cache.locate({"STATEFUN_BENCH_CACHE": "/a:b"})


def test_a_cache_that_cannot_be_written_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unfit, match=r"cannot be written .*; set STATEFUN_BENCH_CACHE to a folder that can"):
        cache.make_writable(tmp_path / "file" / "cache")


def test_a_write_that_fails_leaves_the_former_content_and_no_remains(tmp_path: Path) -> None:
    def fail(part: Path) -> None:
        part.write_text("half")
        raise InterruptedError

    cache.write(tmp_path, tmp_path / "some" / "file", lambda part: part.write_text("whole"))
    with pytest.raises(InterruptedError):
        cache.write(tmp_path, tmp_path / "some" / "file", fail)
    assert (tmp_path / "some" / "file").read_text() == "whole"
    assert list((tmp_path / "parts").iterdir()) == []
