"""The files and folders of a system below its data dir."""

from dataclasses import dataclass
from pathlib import Path

FORBIDDEN = "#,:"
"""In their settings Flink takes `#` as a comment; Kafka or Flink take `,` and `:` as separators of paths."""


@dataclass(frozen=True)
class Layout:
    """The paths below one data dir, *root*. Nothing here accesses the disk."""

    root: Path

    @property
    def broker(self) -> Path:
        """The folder of Kafka's logs and metadata."""
        return self.root / "kafka"

    @property
    def checkpoints(self) -> Path:
        """The folder of Flink's checkpoints, one subfolder per job."""
        return self.root / "checkpoints"

    @property
    def settings(self) -> Path:
        """The folder of the rendered configuration files."""
        return self.root / "settings"

    @property
    def logs(self) -> Path:
        """The folder of the log files, one per component."""
        return self.root / "logs"

    @property
    def scratch(self) -> Path:
        """The folder of expendable files: RocksDB's working copies, Flink's blobs."""
        return self.root / "scratch"

    @property
    def claims(self) -> Path:
        """The folder of the locks with which endpoint processes claim reply partitions."""
        return self.root / "claims"

    @property
    def state(self) -> Path:
        """The file with the state of the running system."""
        return self.root / "system.json"

    @property
    def endpoints(self) -> Path:
        """The folder of the state files of components that were started separately (`component ...`)."""
        return self.root / "endpoints"


def refusal(root: Path) -> str | None:
    """Return why *root* cannot be a data dir, or None if it can."""
    found = [character for character in str(root) if character in FORBIDDEN or not character.isprintable()]
    if not found:
        return None
    refused = f"the data dir {str(root)!r} has {found[0]!r} in its path, which Kafka or Flink cannot take"
    return f"{refused}; choose another with --data-dir"
