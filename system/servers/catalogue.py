"""Catalogue of the WSGI servers: one row per server."""

from system.catalogue import Catalogue
from system.servers.protocol import Server

SERVERS: Catalogue[Server] = Catalogue(
    kind="WSGI server",
    rows={
        "gunicorn-sync": "system.servers.gunicorn:SYNC",
        "gunicorn-gthread": "system.servers.gunicorn:GTHREAD",
        "gunicorn-gevent": "system.servers.gunicorn:GEVENT",
        "gunicorn-meinheld": "system.servers.gunicorn:MEINHELD",
        "meinheld": "system.servers.meinheld:MEINHELD",
        "meinheld-cooperative": "system.servers.meinheld:COOPERATIVE",
        "bjoern": "system.servers.bjoern:BJOERN",
        "uwsgi": "system.servers.uwsgi:UWSGI",
        "cheroot": "system.servers.cheroot:CHEROOT",
        "waitress": "system.servers.waitress:WAITRESS",
        "granian": "system.servers.granian:GRANIAN",
        "fastpysgi": "system.servers.fastpysgi:FASTPYSGI",
        "mod-wsgi": "system.servers.mod_wsgi:MOD_WSGI",
    },
    group="statefun_bench.servers",
)
