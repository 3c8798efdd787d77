"""WSGI servers: one module each, one protocol, one table."""
