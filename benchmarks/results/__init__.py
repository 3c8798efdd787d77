"""Runs as they are stored, and what is derived from them on read."""
