"""The jar of our Kafka ingress is what its source compiles to."""

import os
from pathlib import Path

import pytest

from system.setup import cache, ingress, installation, jars

pytestmark = pytest.mark.real


def test_the_stored_jar_is_what_the_source_beside_it_compiles_to(tmp_path: Path) -> None:
    compiler = ingress.fetch_compiler(cache.locate(os.environ))
    contents = ingress.build(installation.find(os.environ, jars.read_lock()), compiler)
    assert contents == ingress.unpack(jars.INGRESS)
    ingress.pack(contents, tmp_path / "again.jar")
    assert ingress.unpack(tmp_path / "again.jar") == contents
