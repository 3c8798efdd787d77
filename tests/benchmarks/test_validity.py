import pytest

from benchmarks.results.store.schema import Limits, Load
from benchmarks.results.store.trial_schema import LedgerReport, Noise, Requests, Spread, Trial, Usage
from benchmarks.validity import with_validity

CLOSED, OPEN = Load(kind="closed", users=4), Load(kind="open", rate_per_s=100)
BALANCED = LedgerReport(verdict="valid", users=1, updates=1, lost=0, doubled=0, indeterminate=0)
LIMITS = Limits(
    failed_fraction=0.01,
    steal_fraction=0.05,
    foreign_cpu_fraction=0.1,
    lag_ms_p99=10,
    generator_cpu_fraction=0.8,
)
GOOD = Trial(
    cell="a",
    block=0,
    attempt=1,
    valid=False,
    failure="not ended",
    started_at="2026-01-01T00:00:00+00:00",
    window_s=10,
    requests=Requests(sent=1000, succeeded=1000, failed=0, by_status={"200": 1000}),
    lag_ms=Spread(count=1000, mean=1, p50=1, p90=1, p95=1, p99=1, max=1),
    usage={"generator": Usage(cpu_s=3, rss_peak_mib=1, voluntary_switches=1, involuntary_switches=1)},
    noise=Noise(steal_fraction=0, foreign_cpu_fraction=0, pressure_cpu_some=None, load_1min=1),
    ledger=BALANCED,
)


@pytest.mark.parametrize("load", [CLOSED, OPEN])
def test_a_good_trial_is_valid(load: Load) -> None:
    one = with_validity(GOOD, LIMITS, load)
    assert (one.valid, one.failure) == (True, None)


BUSY = {"generator": Usage(cpu_s=9, rss_peak_mib=1, voluntary_switches=1, involuntary_switches=1)}
LATE = Spread(count=1000, mean=1, p50=1, p90=1, p95=1, p99=30, max=30)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ledger": None}, "ledger missing"),
        ({"ledger": BALANCED.model_copy(update={"verdict": "unknown"})}, "ledger unknown"),
        ({"ledger": BALANCED.model_copy(update={"verdict": "invalid", "doubled": 2})}, "2 doubled"),
        ({"requests": None}, "no request succeeded"),
        (
            {"requests": Requests(sent=1000, succeeded=980, failed=20, by_status={"504": 20})},
            "2.0% of the requests failed, 1.0% are allowed",
        ),
        ({"noise": GOOD.noise and GOOD.noise.model_copy(update={"steal_fraction": 0.2})}, "steal 20.0%"),
        (
            {"noise": GOOD.noise and GOOD.noise.model_copy(update={"foreign_cpu_fraction": 0.3})},
            "CPU of other programs 30.0%, 10.0% are allowed",
        ),
        ({"usage": BUSY}, "CPU of the generator 90.0%"),
        ({"lag_ms": LATE}, "the generator was late: lag p99 30.0 ms"),
        ({"complaints": ["3 requests had not ended when the load did."]}, "the load: 3 requests had not"),
        ({"restarts": {"flink": 1}}, "flink was started again 1 time under load"),
    ],
)
def test_a_broken_rule_makes_a_trial_invalid_and_is_named(change: dict[str, object], message: str) -> None:
    one = with_validity(GOOD.model_copy(update=change), LIMITS, OPEN)
    assert not one.valid
    assert message in (one.failure or "")


def test_a_closed_loop_is_not_judged_by_its_generator() -> None:
    change = {"usage": BUSY, "lag_ms": LATE, "complaints": ["The generator used 95% of a core."]}
    assert with_validity(GOOD.model_copy(update=change), LIMITS, CLOSED).valid


def test_a_component_that_was_started_again_makes_a_closed_loop_invalid_too() -> None:
    one = with_validity(GOOD.model_copy(update={"restarts": {"kafka": 2}}), LIMITS, CLOSED)
    assert one.failure == "kafka was started again 2 times under load"


def test_without_a_limit_noise_is_recorded_only() -> None:
    noisy = GOOD.model_copy(
        update={"noise": Noise(steal_fraction=1, foreign_cpu_fraction=1, pressure_cpu_some=9, load_1min=9)}
    )
    assert with_validity(noisy, Limits(), CLOSED).valid


def test_every_broken_rule_is_told() -> None:
    both = GOOD.model_copy(update={"ledger": None, "requests": None})
    assert with_validity(both, LIMITS, CLOSED).failure == "ledger missing; no request succeeded in the window"
