"""Locust with what it lacks: an open loop, seeded scenarios, raw samples, a ledger of every update."""
