"""Statistics of a load for the web page's tabs: hop histograms, costs, ledger. Imports no Locust."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from numpy import void
from numpy.typing import NDArray

from loadtests.ledger.judge import Ledger, merge
from loadtests.locust_integration.cpu_per_request import CpuCost
from loadtests.measurement.percentiles import Histogram, histogram, histogram_percentile_ms
from loadtests.measurement.samples import HOPS, lag_ms, response_ms, service_ms
from loadtests.output import LoadRecord, unplanned

SHOWN = {"p50": 50.0, "p90": 90.0, "p99": 99.0, "max": 100.0}

TableRow = dict[str, Any]


def histograms(rows: NDArray[void]) -> dict[str, Histogram]:
    """Return the histograms of *rows*: response, service and lag, and each hop of the service."""
    durations_ms = {"response": response_ms(rows), "service": service_ms(rows), "lag": lag_ms(rows)}
    durations_ms |= {hop: rows[f"{hop}_ms"] for hop in HOPS}
    return {name: histogram(values) for name, values in durations_ms.items()}


def cost_rows(recent: CpuCost, whole: CpuCost, notes: Iterable[str] = ()) -> list[TableRow]:
    """Return rows for the tab of hops: one per component, in us of CPU time per request, and one per note."""
    rows = [
        {"hop": f"CPU of {name}", "count": whole.requests, "since": round(us, 1)}
        | ({"recent": round(recent.us[name], 1)} if name in recent.us else {})
        for name, us in whole.us.items()
    ]
    return [*rows, *({"hop": note} for note in notes)]


@dataclass
class LiveStats:
    """The reports of a load's processes so far."""

    processes: int = 1
    planned: int | None = None
    """Requests of the whole schedule; None in a closed loop."""
    histograms: dict[str, Histogram] = field(default_factory=dict)
    loads: list[LoadRecord] = field(default_factory=list)
    ledgers: list[Ledger] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    """Why a process has no outcome."""

    def add_histograms(self, more: Mapping[str, Mapping[int, int]]) -> None:
        """Merge the durations of further requests."""
        for name, counts in more.items():
            self.histograms[name] = self.histograms.get(name, Counter()) + Counter(counts)

    def add_outcome(self, load: LoadRecord, ledger: Ledger) -> None:
        """Add the outcome of one process."""
        self.loads.append(load)
        self.ledgers.append(ledger)

    @property
    def unreported(self) -> int:
        """The number of processes that have reported neither an outcome nor an error."""
        return max(0, self.processes - len(self.loads) - len(self.errors))

    def stop_waiting(self) -> None:
        """Count the processes that have not reported as errors."""
        if self.unreported:
            self.errors.append(f"{self.unreported} processes did not report their outcome.")

    def hop_rows(self) -> list[TableRow]:
        """Return the rows of the tab of hops, times in ms."""
        return [
            {"hop": name, "count": counts.total()}
            | {shown: round(histogram_percentile_ms(counts, percent), 3) for shown, percent in SHOWN.items()}
            for name, counts in self.histograms.items()
            if counts
        ]

    def ledger_rows(self) -> list[TableRow]:
        """Return the rows of the tab of the ledger."""
        if not self.loads:
            verdict = self.errors[0] if self.errors else "judged when the load has ended"
            return [{"fact": "verdict", "value": verdict}]
        ledger = asdict(merge(self.ledgers))
        detail = [("finding", sentence) for sentence in ledger.pop("detail")]
        load = [("invalid load", reason) for reason in self.invalid_reasons()]
        return [{"fact": fact, "value": str(value)} for fact, value in [*ledger.items(), *load, *detail]]

    def invalid_reasons(self) -> list[str]:
        """Return why the whole load is not the one that was requested."""
        found = [reason for load in self.loads for reason in load.invalid] + self.errors
        if not any(load.cut for load in self.loads):
            found += unplanned(self.planned, sum(load.recorded for load in self.loads))
        return list(dict.fromkeys(found))
