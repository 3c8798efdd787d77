"""The command `python -m system.setup.flink_extensions`: build the jar of our extensions of Flink again.

Their Java source stands beside the jar, in `system/runtime/flink_extensions`. The compiler is another jar,
which nothing else needs.
"""

import os
import subprocess
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from system.runtime.jvm import Installation
from system.setup import cache, installation, jars
from system.setup.jars import EXTENSIONS, Jar

COMPILER = Jar(
    "compiler",
    "org.eclipse.jdt:ecj:3.38.0",
    "97c566b120009c203a2fc8b291f4a9adbc171cf1ccb70f06f6b4e1828c00ce8e",
    3_285_717,
)
SOURCE = EXTENSIONS.parent / "source"
# Java 11, as StateFun's own classes. The compiler writes the same bytes wherever it runs.
OPTIONS = ("-source", "11", "-target", "11", "-proc:none", "-g:lines,source", "-encoding", "UTF-8", "-nowarn")
COMPILED_WITHIN_S = 60.0
BUILT_AT = (1980, 1, 1, 0, 0, 0)
"""The time of the files in the jar: the earliest that the format has, so that the jar is reproducible."""


def build(installed: Installation, compiler: Path) -> dict[str, bytes]:
    """Return the content of the jar by file name, compiled from the source with the jar *compiler*.

    Raise `CalledProcessError` if the source does not compile.
    """
    with tempfile.TemporaryDirectory() as folder:
        classes = os.pathsep.join(str(jar) for jar in installed.jars["flink"] if jar.name != EXTENSIONS.name)
        sources = map(str, sorted(SOURCE.rglob("*.java")))
        java = (str(installed.java.command), "-jar", str(compiler))
        subprocess.run(
            [*java, *OPTIONS, "-cp", classes, "-d", folder, *sources],
            check=True,
            timeout=COMPILED_WITHIN_S,
        )
        return _contents(Path(folder), "*.class") | _contents(SOURCE, "META-INF/services/*")


def fetch_compiler(root: Path) -> Path:
    """Return the compiler's jar in the cache *root*; raise `EnvironmentUnfit` if it cannot be fetched."""
    for _ in jars.fetch(root, jars.missing(root, [COMPILER]), jars.download):
        pass
    return jars.stored(root, COMPILER)


def pack(contents: Mapping[str, bytes], file: Path) -> None:
    """Write *contents* to the jar *file*; the same contents give the same bytes."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as jar:
        for name, content in sorted(contents.items()):
            jar.writestr(zipfile.ZipInfo(name, BUILT_AT), content, zipfile.ZIP_DEFLATED)


def unpack(file: Path) -> dict[str, bytes]:
    """Return the contents of the jar *file* by file name."""
    with zipfile.ZipFile(file) as jar:
        return {name: jar.read(name) for name in jar.namelist()}


def _contents(folder: Path, pattern: str) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob(pattern)}


if __name__ == "__main__":
    root, lock = cache.locate(os.environ), jars.read_lock()
    pack(build(installation.find(os.environ, lock), fetch_compiler(root)), EXTENSIONS)
