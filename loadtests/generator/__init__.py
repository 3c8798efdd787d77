"""The load generator: schedule, requests, users, and the loops that send."""
