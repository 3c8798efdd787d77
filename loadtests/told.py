"""What a load says about itself on the terminal."""

from loadtests.ledger import Ledger
from loadtests.report import Load
from loadtests.summary import Summary

SHOWN = ("p50", "p99", "max")


def tell(summary: Summary, load: Load, ledger: Ledger, misses: list[str]) -> str:
    """Put the outcome into a few lines: numbers, ledger, what was missed."""
    times = "  ".join(f"{name} {summary.value(name) or 0:.2f} ms" for name in SHOWN)
    lines = [
        f"{load.scenario}, {load.load} loop: {summary.sent} requests in {summary.window_s:g} s, "
        f"{summary.failed} failed, {summary.value('throughput') or 0:.1f}/s",
        f"response {times}  lag p99 {load.lag_ms_p99:.2f} ms",
        f"ledger {ledger.verdict}: {ledger.users} users, {ledger.updates} updates, {ledger.lost} lost, "
        f"{ledger.doubled} doubled, {ledger.stale} stale, {ledger.crossed} crossed, "
        f"{ledger.indeterminate} indeterminate",
        *ledger.detail,
        *(f"invalid load: {reason}" for reason in load.invalid),
        *(f"objective missed: {miss}" for miss in misses),
    ]
    return "\n".join(lines + (["cut short"] if load.cut else []))
