"""WSGI servers: one module per package, one interface."""
