"""Jars are fetched once, verified, and never stored incompletely."""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from system.errors import EnvironmentUnfit
from system.setup import jars
from system.setup.installation import refuse_broken
from system.setup.jars import Download, Jar


def jar(name: str) -> Jar:
    content = name.encode()
    return Jar("kafka", f"some.group:{name}:1.0", hashlib.sha256(content).hexdigest(), len(content))


JARS = [jar(name) for name in ("alpha", "beta", "gamma")]


def download(coordinates: str, file: Path) -> None:
    file.write_text(coordinates.split(":")[1])


def fetch(cache: Path, wanted: list[Jar], download: Download = download) -> list[Jar]:
    return sorted(jars.fetch(cache, wanted, download))


def alter(file: Path, content: str) -> None:
    file.chmod(0o644)
    file.write_text(content)


def test_fetched_jars_have_the_right_content_and_no_temporary_files_remain(tmp_path: Path) -> None:
    assert fetch(tmp_path, JARS) == sorted(JARS)
    assert jars.missing(tmp_path, JARS) == []
    assert jars.stored(tmp_path, JARS[0]).read_text() == "alpha"
    assert list((tmp_path / "parts").iterdir()) == []
    refuse_broken(tmp_path, JARS)


def test_a_second_run_continues_where_the_first_was_interrupted(tmp_path: Path) -> None:
    def interrupted(coordinates: str, file: Path) -> None:
        if "beta" in coordinates:
            raise ConnectionError("the cable is out")
        download(coordinates, file)

    with pytest.raises(
        EnvironmentUnfit, match=r"beta-1\.0\.jar is missing and could not be fetched \(the cable is out\)"
    ):
        fetch(tmp_path, JARS, interrupted)
    fetch(tmp_path, JARS[:1])
    assert JARS[0] not in jars.missing(tmp_path, JARS)
    assert JARS[1] in jars.missing(tmp_path, JARS)


def test_content_with_another_checksum_is_not_stored(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentUnfit, match="sha256"):
        fetch(tmp_path, JARS[:1], lambda _, file: file.write_text("something else"))
    assert jars.missing(tmp_path, JARS[:1]) == JARS[:1]


def test_a_download_that_fails_once_is_tried_again(tmp_path: Path) -> None:
    failures = [ConnectionError("once")]

    def fails_once(coordinates: str, file: Path) -> None:
        if failures:
            raise failures.pop()
        download(coordinates, file)

    assert fetch(tmp_path, JARS[:1], fails_once) == JARS[:1]


@pytest.mark.parametrize("content", ["alphA", "al", ""])
def test_an_altered_jar_is_refused_in_one_line_and_fetched_again(tmp_path: Path, content: str) -> None:
    fetch(tmp_path, JARS)
    alter(jars.stored(tmp_path, JARS[0]), content)
    with pytest.raises(EnvironmentUnfit, match=r"alpha-1\.0\.jar is altered; run `python -m system\.setup`"):
        refuse_broken(tmp_path, JARS)
    assert jars.missing(tmp_path, JARS) == JARS[:1]
    fetch(tmp_path, JARS[:1])
    refuse_broken(tmp_path, JARS)


def test_a_missing_jar_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentUnfit, match=r"alpha-1\.0\.jar is missing; run `python -m system\.setup`"):
        refuse_broken(tmp_path, JARS)


def test_a_jar_that_was_only_touched_is_accepted_and_marked_again(tmp_path: Path) -> None:
    fetch(tmp_path, JARS)
    os.utime(jars.stored(tmp_path, JARS[0]))
    assert not jars.is_intact(tmp_path, JARS[0])
    refuse_broken(tmp_path, JARS)
    assert jars.is_intact(tmp_path, JARS[0])


def test_two_concurrent_fetches_do_not_interfere(tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: fetch(tmp_path, JARS), range(2)))
    assert both == [sorted(JARS)] * 2
    refuse_broken(tmp_path, JARS)


def test_the_lock_file_lists_each_jar_once_per_kind_and_survives_a_round_trip() -> None:
    locked = jars.read()
    assert jars.parse(jars.render(locked)) == locked
    assert len({(one.kind, one.name) for one in locked}) == len(locked)
    assert {"kafka_2.13-4.1.0.jar", "statefun-flink-distribution-3.3.0.jar"} <= {one.name for one in locked}


def test_a_classifier_is_part_of_the_file_name() -> None:
    assert Jar("kafka", "group:netty:4.1:linux-x86_64", "", 0).name == "netty-4.1-linux-x86_64.jar"
