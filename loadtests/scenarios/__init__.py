"""Scenarios: each a seeded, endless sequence of requests to the service."""
