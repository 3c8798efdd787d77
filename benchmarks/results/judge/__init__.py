"""Everything derived from a stored run: figures, statistics, verdicts. Pure."""
