"""Whether the package that a client needs is there."""

from importlib.metadata import PackageNotFoundError, version


def missing(distribution: str) -> str | None:
    """Return that *distribution* is not installed and how to install it, or None."""
    try:
        version(distribution)
    except PackageNotFoundError:
        return f"{distribution} is not installed; install it with `make setup`"
    return None
