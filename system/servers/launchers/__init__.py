"""Programs that run a WSGI server in its own process: forking, workers, draining at stop."""
