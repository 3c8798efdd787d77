"""What a command says beside its result, on standard error."""

from rich.console import Console
from rich.text import Text


class Progress:
    """Prints lines; on a terminal, *doing* is shown below them with a moving sign until `settle`."""

    def __init__(self, doing: str) -> None:
        self._console = Console(stderr=True, soft_wrap=True)
        self._status = self._console.status(doing)
        if self._console.is_terminal:
            self._status.start()

    def say(self, line: str) -> None:
        """Print *line*."""
        self._console.print(Text(line))

    def settle(self) -> None:
        """Show the moving sign no longer; a second call does nothing."""
        self._status.stop()
