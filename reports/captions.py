"""The title of each picture, and the line under it that says in plain words how to read it."""

from dataclasses import dataclass

TAIL_SAMPLES = 20
"""A percentile with fewer samples beyond it is not shown: its place would be luck."""


@dataclass(frozen=True)
class Caption:
    """Both may name the reference as `{reference}`."""

    title: str
    explanation: str

    def of(self, reference: str) -> "Caption":
        """Return the caption with the reference's name filled in."""
        return Caption(self.title.format(reference=reference), self.explanation.format(reference=reference))


CAPTIONS = {
    "throughput": Caption(
        "How many requests it carries",
        "Requests answered per second. Each dot is one block, the bar their geometric mean, the thick line "
        "its 95 % interval. Where two lines overlap widely, do not bet on the order.",
    ),
    "ratios": Caption(
        "Compared with {reference}",
        "Throughput of each cell by that of {reference} in the same block, with its 95 % interval. A line "
        "that crosses 1× is no difference that was shown; inside the grey band nothing is ranked.",
    ),
    "latency": Caption(
        "How long it takes",
        "The time below which that share of requests was answered. Solid: from the moment the request was "
        "due; dashed: from the moment it was sent. In a closed loop the two are the same. A curve ends where "
        f"fewer than {TAIL_SAMPLES} samples lie beyond.",
    ),
    "hops": Caption(
        "Where the time goes",
        "Mean time of a request in each hop, as the service tells in its Server-Timing header: in the "
        "endpoint, to the function through Kafka and Flink, in the function, and back through Kafka. A "
        "baseline that tells no hops is not shown.",
    ),
    "costs": Caption(
        "What a request costs",
        "CPU time of each component by the requests answered, from the operating system. Less is cheaper; "
        "it moves less with the machine's mood than a rate does.",
    ),
}
