"""Load tests on Locust, with an open loop, seeded scenarios, raw samples and a ledger of every update."""
