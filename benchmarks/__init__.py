"""Profiles, plans, trials and results of a benchmark run."""
