"""Validity of a trial: rules over its record, with the thresholds of the profile."""

from collections.abc import Iterator, Mapping

from benchmarks.results.store.schema import Limits, Load
from benchmarks.results.store.trial_schema import LedgerReport, LoadFigures, Noise, OpenLoad, Requests, Trial
from loadtests.measurement.window import BY_GENERATOR

CARRIED_FRACTION = 0.9
"""Of the rate of an open loop: with fewer answers per second requests pile up."""


def with_validity(trial: Trial, limits: Limits, load: Load) -> Trial:
    """Return *trial* with its validity and, where it is not valid, every reason."""
    reasons = list(violations(trial, limits, load))
    return trial.model_copy(update={"valid": not reasons, "failure": "; ".join(reasons) or None})


def violations(trial: Trial, limits: Limits, load: Load) -> Iterator[str]:
    """Yield a reason for each rule that *trial* breaks, correctness first."""
    yield from ledger_violations(trial.ledger)
    if trial.open:
        yield from (f"open loop: {reason}" for reason in ledger_violations(trial.open.ledger))
    yield from request_violations(trial.requests, limits)
    yield from restart_violations(trial.restarts)
    if trial.noise:
        yield from noise_violations(trial.noise, limits)
    if load.kind == "open":
        yield from generator_violations(trial, limits)
        yield from (f"the load: {complaint}" for complaint in trial.complaints)


def open_load_failure(load: OpenLoad, limits: Limits) -> str | None:
    """Return why the response times of *load* do not count, or None.

    A trial keeps its throughput then: only what is derived from its open loop is left out.
    """
    carried = load.throughput_per_s or 0.0
    reasons = [
        *generator_violations(load, limits),
        *(f"the load: {complaint}" for complaint in load.complaints),
        *request_violations(load.requests, limits),
    ]
    if carried < CARRIED_FRACTION * load.rate_per_s:
        reasons.append(f"of {load.rate_per_s:g} requests/s it answered {carried:.0f}")
    return "; ".join(reasons) or None


def ledger_violations(ledger: LedgerReport | None) -> Iterator[str]:
    """Yield why the ledger does not prove that every update was applied once."""
    if ledger is None:
        yield "ledger missing"
    elif ledger.verdict != "valid":
        detail = f": {ledger.detail[0]}" if ledger.detail else ""
        users = f"{ledger.lost} users lost updates, {ledger.doubled} doubled"
        answers = f"{ledger.stale} answers stale, {ledger.crossed} crossed"
        yield f"ledger {ledger.verdict}, {users}, {answers}{detail}"


def request_violations(requests: Requests | None, limits: Limits) -> Iterator[str]:
    """Yield that no request succeeded, or too many failed."""
    if requests is None or requests.succeeded == 0:
        yield "no request succeeded in the window"
    elif requests.failed > limits.failed_fraction * requests.sent:
        share = requests.failed / requests.sent
        yield f"{share:.1%} of the requests failed, {limits.failed_fraction:.1%} are allowed"


def restart_violations(restarts: Mapping[str, int]) -> Iterator[str]:
    """Yield which components were restarted during the load."""
    for component, times in restarts.items():
        yield f"{component} was started again {times} time{'' if times == 1 else 's'} under load"


def noise_violations(noise: Noise, limits: Limits) -> Iterator[str]:
    """Yield which disturbance of the machine passes its limit."""
    yield from over("steal", noise.steal_fraction, limits.steal_fraction)
    yield from over("CPU of other programs", noise.foreign_cpu_fraction, limits.foreign_cpu_fraction)


def generator_violations(load: LoadFigures, limits: Limits) -> Iterator[str]:
    """Yield that the generator was the bottleneck: its CPU time or its lag."""
    generator = load.usage.get("generator")
    if generator and load.window_s:
        yield from over(
            "CPU of the generator", generator.cpu_s / load.window_s, limits.generator_cpu_fraction
        )
    lag, bound = load.lag_ms, limits.lag_ms_p99
    if lag and bound is not None and lag.p99 > bound:
        yield f"the generator was late: lag p99 {lag.p99:.1f} ms, {bound:.1f} ms are allowed"


def spoil_reasons(load: LoadFigures, limits: Limits) -> Iterator[str]:
    """Yield why an open loop shows nothing of the service: its generator or the machine was the limit.

    Whether the service missed an objective too does not matter then.
    """
    yield from generator_violations(load, limits)
    if load.noise:
        yield from noise_violations(load.noise, limits)
    yield from (f"the load: {one}" for one in load.complaints if one.startswith(BY_GENERATOR))


def over(what: str, fraction: float, bound: float | None) -> Iterator[str]:
    """Yield that *fraction* passes *bound*, if it does."""
    if bound is not None and fraction > bound:
        yield f"{what} {fraction:.1%}, {bound:.1%} are allowed"
