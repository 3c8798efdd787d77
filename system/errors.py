"""The one error for a machine that lacks what the runtime needs."""


class Unfit(Exception):
    """The machine lacks something; the message is one line: what, and what to do about it (exit code 3)."""
