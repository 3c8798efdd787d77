"""Download a jar from Maven's central repository, whose address only the package `maven-artifact` knows."""

import functools
from pathlib import Path

from maven_artifact import Artifact, Downloader, RequestException

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
