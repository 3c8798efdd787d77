"""What the web page's tabs show: histograms of the hops, costs, the ledger's verdict. It knows no Locust."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loadtests.ledger.judge import Ledger, merge
from loadtests.locust_integration.cpu import Cost
from loadtests.measurement.output import LoadRecord
from loadtests.measurement.samples import HOPS
from loadtests.measurement.window import Counts, count_ms, percentile_ms

NS_PER_MS = 1_000_000
SHOWN = {"p50": 50.0, "p90": 90.0, "p99": 99.0, "max": 100.0}

Row = dict[str, Any]


def durations(rows: NDArray[np.void]) -> dict[str, Counts]:
    """Count what *rows* took: response, service and lag of each, and the hops that the service told."""
    ours = {
        "response": rows["ended_ns"] - rows["intended_ns"],
        "service": rows["ended_ns"] - rows["sent_ns"],
        "lag": rows["sent_ns"] - rows["intended_ns"],
    }
    counted = {name: count_ms(spans / NS_PER_MS) for name, spans in ours.items()}
    return counted | {hop: count_ms(rows[f"{hop}_ms"]) for hop in HOPS}


def cost_rows(recent: Cost, whole: Cost, notes: Iterable[str] = ()) -> list[Row]:
    """Give rows for the tab of hops: one a component, in microseconds of CPU by request, and one a note."""
    rows = [
        {"hop": f"CPU of {name}", "count": whole.requests, "since": round(us, 1)}
        | ({"recent": round(recent.us[name], 1)} if name in recent.us else {})
        for name, us in whole.us.items()
    ]
    return [*rows, *({"hop": note} for note in notes)]


@dataclass
class LiveStats:
    """One load as its processes have reported it so far."""

    processes: int = 1
    planned: int | None = None
    """Requests that the whole schedule has."""
    spans: dict[str, Counts] = field(default_factory=dict)
    loads: list[LoadRecord] = field(default_factory=list)
    ledgers: list[Ledger] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    def add_spans(self, spans: Mapping[str, Mapping[int, int]]) -> None:
        """Merge the durations of further requests."""
        for name, counts in spans.items():
            self.spans[name] = self.spans.get(name, Counter()) + Counter(counts)

    def add_end(self, load: LoadRecord, ledger: Ledger) -> None:
        """Take the outcome of one process."""
        self.loads.append(load)
        self.ledgers.append(ledger)

    @property
    def silent(self) -> int:
        """How many processes have told neither their outcome nor why they have none."""
        return max(0, self.processes - len(self.loads) - len(self.refusals))

    def give_up(self) -> None:
        """Note that the processes which have not told their outcome will not tell it."""
        if self.silent:
            self.refusals.append(f"{self.silent} processes did not tell their outcome.")

    def hop_rows(self) -> list[Row]:
        """Give the rows of the tab of hops, times in ms."""
        return [
            {"hop": name, "count": counts.total()}
            | {shown: round(percentile_ms(counts, percent), 3) for shown, percent in SHOWN.items()}
            for name, counts in self.spans.items()
            if counts
        ]

    def ledger_rows(self) -> list[Row]:
        """Give the rows of the ledger's tab."""
        if not self.loads:
            said = self.refusals[0] if self.refusals else "judged when the load has ended"
            return [{"fact": "verdict", "value": said}]
        ledger = asdict(merge(self.ledgers))
        detail = [("finding", sentence) for sentence in ledger.pop("detail")]
        load = [("invalid load", reason) for reason in self.complaints()]
        return [{"fact": fact, "value": str(value)} for fact, value in [*ledger.items(), *load, *detail]]

    def complaints(self) -> list[str]:
        """Say why the whole load is not what was asked for."""
        found = [reason for load in self.loads for reason in load.invalid] + self.refusals
        recorded = sum(load.recorded for load in self.loads)
        cut = any(load.cut for load in self.loads)
        if self.planned is not None and not cut and recorded != self.planned:
            found.append(f"{self.planned} requests were planned and {recorded} recorded.")
        return list(dict.fromkeys(found))
