"""Programs that run a WSGI server: forking, workers, ending connections at the stop."""
