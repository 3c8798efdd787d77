"""The jars: the lock file that lists them, and their download into the cache, verified by checksum."""

import contextlib
import functools
import hashlib
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from maven_artifact import Artifact, Downloader, RequestException

import system.runtime
from system.errors import EnvironmentUnfit
from system.setup import cache

LOCK = Path(__file__).with_name("jars.lock")
HEADER = """\
# kind, group:artifact:version[:classifier], sha256, bytes. Made from pom.xml; do not edit.
"""
EXTENSIONS = Path(system.runtime.__file__).parent / "flink_extensions" / "flink-extensions-1.jar"
"""Our extensions of Flink and StateFun; the jar is copied into the cache as others are fetched."""
EXTENSIONS_COORDINATES = "statefun-bench:flink-extensions:1"
SETUP = "python -m system.setup"
THREADS = 8
ATTEMPTS = 3
TIMEOUT_S = (10, 60)
"""For the connection, and between two chunks of a file."""


@dataclass(frozen=True, order=True)
class Jar:
    """A jar of one *kind* of process ("kafka", "flink"), by its Maven *coordinates*."""

    kind: str
    coordinates: str
    sha256: str
    size_bytes: int

    @property
    def name(self) -> str:
        """The name of the file, as Maven forms it."""
        _, artifact, version, *classifier = self.coordinates.split(":")
        return "-".join((artifact, version, *classifier)) + ".jar"


def read() -> tuple[Jar, ...]:
    """Return all jars that the system needs: those of the lock file, then our own."""
    own = Jar("flink", EXTENSIONS_COORDINATES, _sha256(EXTENSIONS), EXTENSIONS.stat().st_size)
    return (*read_lock(), own)


def read_lock() -> tuple[Jar, ...]:
    """Return the jars of the lock file."""
    return parse(LOCK.read_text())


def parse(text: str) -> tuple[Jar, ...]:
    """Return the jars that the *text* of a lock file lists, in its order."""
    lines = (line.split() for line in text.splitlines() if line and not line.startswith("#"))
    return tuple(Jar(kind, coordinates, sha256, int(size)) for kind, coordinates, sha256, size in lines)


def render(jars: tuple[Jar, ...]) -> str:
    """Return the text of a lock file."""
    lines = (f"{jar.kind} {jar.coordinates} {jar.sha256} {jar.size_bytes}\n" for jar in jars)
    return HEADER + "".join(lines)


def stored(folder: Path, jar: Jar) -> Path:
    """Return the path of *jar* below the cache *folder*: the hash of its content, then its name."""
    return folder / "jars" / jar.sha256 / jar.name


def is_intact(folder: Path, jar: Jar) -> bool:
    """Return whether size and modification time of *jar* are those of a verified file."""
    try:
        found = stored(folder, jar).stat()
    except OSError:
        return False
    return found.st_size == jar.size_bytes and found.st_mtime_ns == cache.VERIFIED_NS


def verify(folder: Path, jar: Jar) -> bool:
    """Return whether *jar* is in the cache with the right content, and if so mark it as verified."""
    file = stored(folder, jar)
    if not file.is_file() or _sha256(file) != jar.sha256:
        return False
    if not is_intact(folder, jar):
        with contextlib.suppress(PermissionError):  # Another user's cache is usable too, but slower.
            cache.mark_verified(file)
    return True


def missing(folder: Path, jars: Iterable[Jar]) -> list[Jar]:
    """Return those of *jars* that are not in the cache with the right content."""
    distinct = list({jar.sha256: jar for jar in jars}.values())
    with ThreadPoolExecutor(THREADS) as pool:
        results = pool.map(functools.partial(verify, folder), distinct)
        return [jar for jar, is_right in zip(distinct, results, strict=True) if not is_right]


Download = Callable[[str, Path], object]
"""Writes the jar of these coordinates to this file; raises `OSError` if it cannot be fetched."""


def fetch(folder: Path, jars: Iterable[Jar], download: Download) -> Iterator[Jar]:
    """Fetch *jars* into the cache with *download*, and yield each when it is complete.

    Raise `EnvironmentUnfit` at the first that cannot be fetched; those that are complete by then are kept.
    """
    with ThreadPoolExecutor(THREADS) as pool:
        fetches = {pool.submit(_fetch, folder, jar, download): jar for jar in jars}
        try:
            for done in as_completed(fetches):
                done.result()
                yield fetches[done]
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def download(coordinates: str, file: Path) -> None:
    """Download the jar of *coordinates*, or copy our own, to *file*; raise `ConnectionError` if that fails.

    `maven_artifact` prints a line per jar to standard output.
    """
    if coordinates == EXTENSIONS_COORDINATES:
        shutil.copyfile(EXTENSIONS, file)
        return
    group, artifact, version, *classifier = coordinates.split(":")
    downloader = Downloader()
    downloader.requestor.request = functools.partial(downloader.requestor.request, timeout=TIMEOUT_S)
    try:
        downloader.download(Artifact(group, artifact, version, *classifier), str(file))
    except RequestException as error:
        raise ConnectionError(type(error.__context__ or error).__name__) from error


def _fetch(folder: Path, jar: Jar, download: Download) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            cache.write(folder, stored(folder, jar), functools.partial(_download_verified, jar, download))
        except EnvironmentUnfit:
            if attempt == ATTEMPTS:
                raise
        else:
            return


def _download_verified(jar: Jar, download: Download, part: Path) -> None:
    try:
        download(jar.coordinates, part)
    except OSError as error:
        raise EnvironmentUnfit(
            f"{jar.name} is missing and could not be fetched ({error.strerror or error}); "
            f"run `{SETUP}` again when the network works, and it continues"
        ) from error
    found = _sha256(part)
    if found != jar.sha256:
        raise EnvironmentUnfit(
            f"{jar.name} came with sha256 {found[:9]}... instead of {jar.sha256[:9]}...; run `{SETUP}` again"
        )
    part.chmod(0o444)
    cache.mark_verified(part)


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
