"""Profiles, plans, trials, measurement: what turns a profile into a run."""
