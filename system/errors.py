"""The error for a machine on which the system cannot run; every room of `system` may raise it."""


class EnvironmentUnfit(Exception):
    """The machine lacks something. The message is one line: what is missing, and what to do (exit code 3)."""
