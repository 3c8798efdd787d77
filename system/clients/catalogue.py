"""Catalogue of the Kafka clients: one row per client."""

from system.catalogue import Catalogue
from system.clients.protocol import ClientKind

CLIENTS: Catalogue[ClientKind] = Catalogue(
    kind="Kafka client",
    rows={
        "confluent-kafka": "system.clients.confluent:CONFLUENT_KAFKA",
        "kafka-python": "system.clients.kafka_python:KAFKA_PYTHON",
        "aiokafka": "system.clients.aiokafka:AIO_KAFKA",
        "pykafka": "system.clients.pykafka:PYKAFKA",
        "memory": "system.clients.memory:MEMORY",
    },
    group="statefun_bench.clients",
)
