"""The WSGI servers that the endpoint can run under: one row each."""

from system.catalogue import Catalogue
from system.servers.protocol import Server

SERVERS: Catalogue[Server] = Catalogue(
    kind="WSGI server",
    rows={
        "gunicorn-sync": "system.servers.gunicorn:SYNC",
        "gunicorn-gthread": "system.servers.gunicorn:GTHREAD",
        "granian": "system.servers.granian:GRANIAN",
    },
    group="statefun_bench.servers",
)
