"""Decision whether new requests are refused at once, because no reply would come (a circuit breaker).

While requests wait and no reply comes, a question is asked, a read that changes nothing. If nothing is
answered for some seconds, not even that, new requests are refused without being sent. The questions go on,
and the first reply, to whatever, ends the refusals. So one lost reply or one slow request refuses nothing.
"""

SILENCE_S = 2.0
"""How long no reply may come, while requests wait, before new requests are refused."""
ASK_EVERY_S = 0.5


class FailFast:
    """State of one process; times are passed in, in seconds of one monotonic clock."""

    def __init__(self, silence_s: float = SILENCE_S) -> None:
        self.cause: str | None = None
        """Why new requests are refused; None if they are not."""
        self._silence_s = silence_s
        self._silent_since_s: float | None = None
        self._ask_at_s = 0.0

    @property
    def in_doubt(self) -> bool:
        """Whether a request was sent after the last reply, as far as is known."""
        return self._silent_since_s is not None or self.cause is not None

    def note_silence(self, now_s: float) -> None:
        """Note that requests wait, or waited in vain, and that no reply has come since the last call."""
        if self._silent_since_s is None:
            self._silent_since_s = now_s
        elif self.cause is None and now_s - self._silent_since_s >= self._silence_s:
            self.cause = f"no reply has come for {self._silence_s:g} s"

    def note_unreachable(self, now_s: float, reason: str, *, certain: bool) -> None:
        """Note that the broker cannot be reached; unless that is *certain*, only a silence confirms it."""
        if certain or self._silent_for_s(now_s) >= self._silence_s / 2:
            self.cause = f"Kafka cannot be reached: {reason}"

    def note_reply(self) -> None:
        """Note that a reply has come."""
        self._silent_since_s = None
        self.cause = None

    def should_ask(self, now_s: float) -> bool:
        """Return whether a question is due; then the next one is due after `ASK_EVERY_S`."""
        doubtful = self.cause is not None or self._silent_for_s(now_s) >= self._silence_s / 2
        if not doubtful or now_s < self._ask_at_s:
            return False
        self._ask_at_s = now_s + ASK_EVERY_S
        return True

    def _silent_for_s(self, now_s: float) -> float:
        return 0.0 if self._silent_since_s is None else now_s - self._silent_since_s
