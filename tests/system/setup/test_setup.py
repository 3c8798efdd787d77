"""Setup reports an unfit machine in one line with exit code 3, and shows its progress."""

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


def test_without_a_terminal_progress_is_printed_as_lines() -> None:
    printed = StringIO()
    __main__.show_progress(Console(file=printed), "jars", 10_000_000, [1_000_000] * 10)
    assert printed.getvalue().splitlines() == [f"jars: {done} of 10 MB" for done in (2, 4, 6, 8, 10)]


def test_on_a_terminal_progress_is_a_bar() -> None:
    printed = StringIO()
    __main__.show_progress(Console(file=printed, force_terminal=True), "jars", 3_000_000, [1_000_000] * 3)
    assert "3.0/3.0 MB" in printed.getvalue()


def test_if_nothing_is_missing_nothing_is_fetched_or_printed(tmp_path: Path) -> None:
    jar = Jar("kafka", "group:alpha:1", hashlib.sha256(b"alpha").hexdigest(), 5)
    list(jars.fetch(tmp_path, [jar], lambda _, file: file.write_text("alpha")))

    def refuse(coordinates: str, file: Path) -> None:
        pytest.fail(f"{coordinates} is there")

    printed = StringIO()
    fetch_missing(tmp_path, (jar,), refuse, Console(file=printed))
    assert printed.getvalue() == ""
