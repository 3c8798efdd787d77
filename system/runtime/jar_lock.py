"""The lock file of the jars: which ones each kind of Java process needs, and what each must contain."""

from dataclasses import dataclass
from pathlib import Path

LOCK = Path(__file__).with_name("jars.lock")

HEADER = """\
# kind, group:artifact:version[:classifier], sha256, bytes. Made from pom.xml; do not edit.
"""


@dataclass(frozen=True, order=True)
class Jar:
    """One jar of one *kind* of process ("kafka", "flink"), by its Maven *coordinates*."""

    kind: str
    coordinates: str
    sha256: str
    size_bytes: int

    @property
    def name(self) -> str:
        """The file's name, as Maven has it."""
        _, artifact, version, *classifier = self.coordinates.split(":")
        return "-".join((artifact, version, *classifier)) + ".jar"


def parse(text: str) -> tuple[Jar, ...]:
    """Return the jars that a lock file's *text* lists, in its order."""
    lines = (line.split() for line in text.splitlines() if line and not line.startswith("#"))
    return tuple(Jar(kind, coordinates, sha256, int(size)) for kind, coordinates, sha256, size in lines)


def render(jars: tuple[Jar, ...]) -> str:
    """Return the text of a lock file."""
    lines = (f"{jar.kind} {jar.coordinates} {jar.sha256} {jar.size_bytes}\n" for jar in jars)
    return HEADER + "".join(lines)


def read() -> tuple[Jar, ...]:
    """Return the jars of the lock file."""
    return parse(LOCK.read_text())
