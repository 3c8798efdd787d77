"""What the parts need of one another."""

from system.runtime import flink, probes, topics
from system.runtime.flink_config import FlinkSettings
from system.runtime.needs import Need

ANSWER_WITHIN_S = 2.0


def kafka(address: str) -> Need:
    """Return the need of a broker that serves all topics."""
    return Need(
        f"Kafka at {address} with its topics",
        lambda: probes.leaders(address, topics.PARTITIONS, ANSWER_WITHIN_S),
    )


def functions(address: str) -> Need:
    """Return the need of functions that answer."""
    return Need(
        f"the functions at {address}", lambda: probes.http(f"http://{address}/healthz", ANSWER_WITHIN_S)
    )


def jobmanager(settings: FlinkSettings) -> Need:
    """Return the need of a JobManager that has the job."""
    return Need(f"the JobManager at {settings.web}", lambda: flink.probe_job(settings.web, ANSWER_WITHIN_S))
