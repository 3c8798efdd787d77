"""The command `python -m system.setup.lock_jars`: make jars.lock again after a change of pom.xml.

It needs Maven on PATH.
"""

import hashlib
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from system.runtime.jvm import KINDS
from system.setup.jars import LOCK, Jar, render

LINE = re.compile(r"\s+(?P<coordinates>\S+:jar:\S+?):(?:compile|runtime):(?P<file>/.+?\.jar)")


def resolve(kind: str) -> Iterator[Jar]:
    """Return the jars of *kind* as Maven resolves them."""
    with tempfile.TemporaryDirectory() as folder:
        listing = Path(folder, "listing")
        command = ["mvn", "-q", "-B", "-f", str(LOCK.with_name("pom.xml")), "-P", kind, "dependency:list"]
        options = [
            "-DincludeScope=runtime",
            "-DoutputAbsoluteArtifactFilename=true",
            f"-DoutputFile={listing}",
        ]
        subprocess.run([*command, *options], check=True)
        for found in LINE.finditer(listing.read_text()):
            yield _jar(kind, found["coordinates"], Path(found["file"]))


def _jar(kind: str, listed: str, file: Path) -> Jar:
    # Maven lists group:artifact:jar[:classifier]:version.
    group, artifact, _, *classifier, version = listed.split(":")
    content = file.read_bytes()
    coordinates = ":".join((group, artifact, version, *classifier))
    return Jar(kind, coordinates, hashlib.sha256(content).hexdigest(), len(content))


if __name__ == "__main__":
    LOCK.write_text(render(tuple(jar for kind in KINDS for jar in sorted(resolve(kind)))))
