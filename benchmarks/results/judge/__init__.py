"""Figures, statistics and verdicts, derived from a stored run. Pure."""
