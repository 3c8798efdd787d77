"""The environment names the cache folder, and a file appears there completely or not at all."""

from pathlib import Path

import pytest

from system.errors import EnvironmentUnfit
from system.setup import cache


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"STATEFUN_BENCH_CACHE": "/own", "XDG_CACHE_HOME": "/xdg", "HOME": "/home/me"}, "/own"),
        ({"XDG_CACHE_HOME": "/xdg", "HOME": "/home/me"}, "/xdg/statefun-bench"),
        ({"STATEFUN_BENCH_CACHE": "", "HOME": "/home/me"}, "/home/me/.cache/statefun-bench"),
    ],
)
def test_the_environment_names_the_cache_folder(environment: dict[str, str], expected: str) -> None:
    assert cache.locate(environment) == Path(expected)


def test_a_cache_that_cannot_be_part_of_a_class_path_is_refused() -> None:
    with pytest.raises(
        EnvironmentUnfit, match="has ':' in its path, which Java cannot take; set STATEFUN_BENCH_CACHE"
    ):
        cache.locate({"STATEFUN_BENCH_CACHE": "/a:b"})


def test_a_cache_that_cannot_be_written_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(
        EnvironmentUnfit, match=r"cannot be written .*; set STATEFUN_BENCH_CACHE to a folder that can"
    ):
        cache.make_writable(tmp_path / "file" / "cache")


def test_a_failed_write_keeps_the_old_content_and_leaves_no_temporary_file(tmp_path: Path) -> None:
    def fail(part: Path) -> None:
        part.write_text("half")
        raise InterruptedError

    cache.write(tmp_path, tmp_path / "some" / "file", lambda part: part.write_text("whole"))
    with pytest.raises(InterruptedError):
        cache.write(tmp_path, tmp_path / "some" / "file", fail)
    assert (tmp_path / "some" / "file").read_text() == "whole"
    assert list((tmp_path / "parts").iterdir()) == []
