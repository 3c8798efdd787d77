"""Ways in which a handler waits for its reply: one module per kind of concurrency."""
