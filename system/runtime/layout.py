"""Where each thing of a running system lies below its data dir."""

from dataclasses import dataclass
from pathlib import Path

FORBIDDEN = "#,:"
"""Flink takes the first for the start of a comment; the others end a folder's name for Kafka or Flink."""


@dataclass(frozen=True)
class Layout:
    """The paths below one data dir, *root*; nothing here touches the disk."""

    root: Path

    @property
    def broker(self) -> Path:
        """The folder of Kafka's logs and metadata."""
        return self.root / "kafka"

    @property
    def checkpoints(self) -> Path:
        """The folder in which each Flink job has a folder of its own."""
        return self.root / "checkpoints"

    @property
    def settings(self) -> Path:
        """The folder of the rendered configuration files."""
        return self.root / "settings"

    @property
    def logs(self) -> Path:
        """The folder with one log file a component."""
        return self.root / "logs"

    @property
    def scratch(self) -> Path:
        """The folder of what may be lost at any time: RocksDB's working copies, Flink's blobs."""
        return self.root / "scratch"

    @property
    def claims(self) -> Path:
        """The folder of the locks by which endpoint processes claim reply partitions."""
        return self.root / "claims"

    @property
    def state(self) -> Path:
        """The file that tells how the running system stands."""
        return self.root / "system.json"

    @property
    def endpoints(self) -> Path:
        """The folder with such a file for each endpoint that was started beside the system."""
        return self.root / "endpoints"


def refusal(root: Path) -> str | None:
    """Return why *root* cannot be a data dir; None where it can."""
    found = [character for character in str(root) if character in FORBIDDEN or not character.isprintable()]
    if not found:
        return None
    refused = f"the data dir {str(root)!r} has {found[0]!r} in its path, which Kafka or Flink cannot take"
    return f"{refused}; choose another with --data-dir"
