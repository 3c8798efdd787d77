"""Child processes: start, guard, supervise, wait for readiness, stop."""
