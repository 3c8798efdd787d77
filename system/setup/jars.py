"""The jars in the cache: where they lie, whether they are what the lock says, and how they come there."""

import contextlib
import functools
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from maven_artifact import Artifact, Downloader, RequestException

from system.errors import Unfit
from system.setup import cache

TIMEOUT_S = (10, 60)
"""To connect, and between two pieces of a file."""


def download(coordinates: str, file: Path) -> None:
    """Write the jar of *coordinates* to *file*; raise `ConnectionError` where it cannot be had.

    The package prints a line for each jar to standard output.
    """
    group, artifact, version, *classifier = coordinates.split(":")
    downloader = Downloader()
    downloader.requestor.request = functools.partial(downloader.requestor.request, timeout=TIMEOUT_S)
    try:
        downloader.download(Artifact(group, artifact, version, *classifier), str(file))
    except RequestException as error:
        raise ConnectionError(type(error.__context__ or error).__name__) from error


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


Download = Callable[[str, Path], object]
"""Writes the jar of these coordinates to this file; raises `OSError` where it cannot be had."""

THREADS = 8
ATTEMPTS = 3
SETUP = "python -m system.setup"

VERIFIED_NS = 946_684_800 * 10**9
"""The time of modification that a jar gets once its content was verified.

Whoever alters the file later alters this too, so that a look at time and size suffices at each start. It is
the same for all, since Java's class archives are bound to it.
"""


def stored(folder: Path, jar: Jar) -> Path:
    """Return where *jar* lies below the cache *folder*: under its content's hash, and then its own name."""
    return folder / "jars" / jar.sha256 / jar.name


def is_intact(folder: Path, jar: Jar) -> bool:
    """Tell by size and time of modification whether *jar* is there as it was verified."""
    try:
        seen = stored(folder, jar).stat()
    except OSError:
        return False
    return seen.st_size == jar.size_bytes and seen.st_mtime_ns == VERIFIED_NS


def verify(folder: Path, jar: Jar) -> bool:
    """Tell by its content whether *jar* is there, and mark it as verified."""
    file = stored(folder, jar)
    if not file.is_file() or _sha256(file) != jar.sha256:
        return False
    if not is_intact(folder, jar):
        with contextlib.suppress(PermissionError):  # Another's cache serves as well, only slower.
            _mark_verified(file)
    return True


def missing(folder: Path, jars: Iterable[Jar]) -> list[Jar]:
    """Return those of *jars* that are not in the cache with the right content."""
    distinct = list({jar.sha256: jar for jar in jars}.values())
    with ThreadPoolExecutor(THREADS) as pool:
        right = pool.map(functools.partial(verify, folder), distinct)
        return [jar for jar, fine in zip(distinct, right, strict=True) if not fine]


def fetch(folder: Path, jars: Iterable[Jar], download: Download) -> Iterator[Jar]:
    """Fetch *jars* into the cache with *download*, and yield each as it is there.

    Raise `Unfit` at the first that cannot be had; what is there by then stays.
    """
    with ThreadPoolExecutor(THREADS) as pool:
        fetches = {pool.submit(_fetch, folder, jar, download): jar for jar in jars}
        try:
            for done in as_completed(fetches):
                done.result()
                yield fetches[done]
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _fetch(folder: Path, jar: Jar, download: Download) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            cache.write(folder, stored(folder, jar), functools.partial(_download_verified, jar, download))
        except Unfit:
            if attempt == ATTEMPTS:
                raise
        else:
            return


def _download_verified(jar: Jar, download: Download, part: Path) -> None:
    try:
        download(jar.coordinates, part)
    except OSError as error:
        raise Unfit(
            f"{jar.name} is missing and could not be fetched ({error.strerror or error}); "
            f"when the network is there, run `{SETUP}`, which goes on where this ended"
        ) from error
    found = _sha256(part)
    if found != jar.sha256:
        raise Unfit(
            f"{jar.name} came with sha256 {found[:9]}... instead of {jar.sha256[:9]}...; run `{SETUP}` again"
        )
    part.chmod(0o444)
    _mark_verified(part)


def _mark_verified(file: Path) -> None:
    os.utime(file, ns=(VERIFIED_NS, VERIFIED_NS))


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
