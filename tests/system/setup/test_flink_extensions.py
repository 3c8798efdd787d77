"""The jar of our extensions of Flink is what its source compiles to."""

import os
from pathlib import Path

import pytest

from system.setup import cache, flink_extensions, installation, jars

pytestmark = pytest.mark.real


def test_the_stored_jar_is_what_the_source_beside_it_compiles_to(tmp_path: Path) -> None:
    compiler = flink_extensions.fetch_compiler(cache.locate(os.environ))
    contents = flink_extensions.build(installation.find(os.environ, jars.read_lock()), compiler)
    assert contents == flink_extensions.unpack(jars.EXTENSIONS)
    flink_extensions.pack(contents, tmp_path / "again.jar")
    assert flink_extensions.unpack(tmp_path / "again.jar") == contents
