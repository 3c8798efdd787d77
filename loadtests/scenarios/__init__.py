"""What is asked of the service: each scenario a seeded, endless sequence of requests."""
