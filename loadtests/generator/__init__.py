"""The load generator: settings, schedule, requests, users, and the loops that send."""
