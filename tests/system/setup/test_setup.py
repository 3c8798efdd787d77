"""Setup ends in one line and exit code 3 where the machine is unfit, and shows how far it is."""

import hashlib
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from system.setup import __main__, jars
from system.setup.__main__ import fetch_missing
from system.setup.jars import Jar


def run_setup(cache: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "STATEFUN_BENCH_CACHE": str(cache), **more}
    command = [sys.executable, "-m", "system.setup"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_a_cache_that_cannot_be_written_ends_setup_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run_setup(tmp_path / "file" / "cache")
    assert done.returncode == 3
    assert done.stderr.startswith("error: the cache folder")
    assert done.stderr.count("\n") == 1


def test_no_network_ends_setup_in_one_line(tmp_path: Path) -> None:
    nobody = "http://127.0.0.1:1"
    done = run_setup(tmp_path, HTTPS_PROXY=nobody, https_proxy=nobody, NO_PROXY="", no_proxy="")
    assert done.returncode == 3
    assert "is missing and could not be fetched (ProxyError)" in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_what_is_fetched_is_shown_line_by_line_without_a_terminal() -> None:
    said = StringIO()
    __main__.show(Console(file=said), "jars", 10_000_000, [1_000_000] * 10)
    assert said.getvalue().splitlines() == [f"jars: {done} of 10 MB" for done in (2, 4, 6, 8, 10)]


def test_what_is_fetched_is_shown_as_a_bar_on_a_terminal() -> None:
    said = StringIO()
    __main__.show(Console(file=said, force_terminal=True), "jars", 3_000_000, [1_000_000] * 3)
    assert "3.0/3.0 MB" in said.getvalue()


def test_nothing_is_fetched_and_nothing_said_where_nothing_is_missing(tmp_path: Path) -> None:
    jar = Jar("kafka", "group:alpha:1", hashlib.sha256(b"alpha").hexdigest(), 5)
    list(jars.fetch(tmp_path, [jar], lambda _, file: file.write_text("alpha")))

    def refuse(coordinates: str, file: Path) -> None:
        pytest.fail(f"{coordinates} is there")

    said = StringIO()
    fetch_missing(tmp_path, (jar,), refuse, Console(file=said))
    assert said.getvalue() == ""
