"""`python -m loadtests run` makes one load, `web` opens Locust's page, `calibrate` weighs the generator."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click

from loadtests.calibration import OPEN, NotCalibrated, table
from loadtests.calibration import calibrate as calibrate_generator
from loadtests.generator.schedule import ARRIVALS, SHAPES
from loadtests.generator.settings import LoadSettings, WrongSettings, check_settings
from loadtests.ledger.judge import Ledger
from loadtests.locust_integration.process import load_command, page_command, run_to_end
from loadtests.measurement.output import LoadRecord, Part, merge, read, worker_folder, write
from loadtests.measurement.slo import Objective, WrongObjective, missed, parse_objectives
from loadtests.measurement.window import Summary, summarise
from loadtests.scenarios.catalogue import scenarios

SHOWN = ("p50", "p99", "max")


def tell(summary: Summary, load: LoadRecord, ledger: Ledger, misses: list[str]) -> str:
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


MISSED, UNFIT = 1, 3
WORKERS_AT_MOST = 64
DEFAULT = LoadSettings()

LOAD_OPTIONS = (
    click.option(
        "--scenario", type=click.Choice(tuple(scenarios())), default=DEFAULT.scenario, help="What is asked."
    ),
    click.option("--host", required=True, help="The service, e.g. http://127.0.0.1:5000."),
    click.option("--users", default=DEFAULT.users, help="Users of a closed loop."),
    click.option("--rate", type=float, help="Requests a second; makes the loop an open one."),
    click.option(
        "--arrivals", type=click.Choice(ARRIVALS), default=DEFAULT.arrivals, help="Gaps of an open loop."
    ),
    click.option(
        "--shape", type=click.Choice(tuple(SHAPES)), default=DEFAULT.shape, help="Course over the window."
    ),
    click.option("--population", default=DEFAULT.population, help="Users made before the load."),
    click.option("--skew", default=DEFAULT.skew, help="Zipf exponent of the choice of users; 0 is uniform."),
    click.option("--warm-up", default=DEFAULT.warm_up, help="Seconds of load before the window."),
    click.option(
        "--warm-up-at-most",
        default=DEFAULT.warm_up_at_most,
        help="Seconds up to which a closed loop's warm-up goes on until throughput is steady; 0: fixed.",
    ),
    click.option("--window", default=DEFAULT.window, help="Seconds that count."),
    click.option("--seed", default=DEFAULT.seed, help="The same seed makes the same requests."),
    click.option("--timeout", default=DEFAULT.timeout, help="Seconds to wait for an answer."),
    click.option(
        "--lag-limit", default=DEFAULT.lag_limit, help="Lag p99 in ms past which a load is invalid."
    ),
    click.option(
        "--workers", type=click.IntRange(1, WORKERS_AT_MOST), default=1, help="Processes that send."
    ),
)


def load_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that describe a load."""
    for option in reversed(LOAD_OPTIONS):
        command = option(command)
    return command


def _objectives(_context: click.Context, _option: click.Parameter, text: str) -> list[Objective]:
    try:
        return parse_objectives(text)
    except WrongObjective as error:
        raise click.BadParameter(str(error)) from error


@click.group()
def main() -> None:
    """Load the user service: seeded scenarios, closed or open loop, and a ledger of every update."""


@main.command()
@load_options
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder of the results."
)
@click.option("--slo", "objectives", default="", callback=_objectives, help="e.g. 'p99<50ms, errors<0.1%'.")
def run(host: str, out: Path, workers: int, objectives: list[Objective], **load: Any) -> None:
    """Make one load and leave samples.npy, load.json and ledger.json."""
    settings = _settings(out=str(out.absolute()), **load)
    if code := run_to_end(load_command(settings, host, workers)):
        sys.exit(code)
    samples, made, ledger = _results(settings, out, workers)
    summary = summarise(samples, made.window_start_ns, made.window_end_ns)
    misses = list(missed(objectives, summary))
    click.echo(tell(summary, made, ledger, misses))
    if objectives and (misses or made.invalid or ledger.verdict != "valid"):
        sys.exit(MISSED)


@main.command()
@load_options
@click.option("--web-port", default=8089, help="Port of the page.")
@click.option("--system", default="", help="Data folder of the system, to show its costs if it runs here.")
def web(host: str, web_port: int, workers: int, system: str, **load: Any) -> None:
    """Open Locust's web page with our scenarios, form fields and tabs."""
    sys.exit(run_to_end(page_command(_settings(**load), host, workers, web_port, system)))


@main.command()
@click.option("--warm-up", default=OPEN.warm_up, help="Seconds of load before each window.")
@click.option("--window", default=OPEN.window, help="Seconds that count of each of the two loads.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def calibrate(warm_up: float, window: float, as_json: bool) -> None:  # noqa: FBT001  # a flag of click
    """Measure what the generator costs and how much it can send, on a machine that is idle otherwise."""
    settings = replace(OPEN, warm_up=warm_up, window=window)
    _check(settings)
    try:
        figures = calibrate_generator(settings)
    except NotCalibrated as error:
        click.echo(f"No calibration: {error}", err=True)
        sys.exit(UNFIT)
    click.echo(json.dumps(asdict(figures), indent=2) if as_json else table(figures))
    if figures.missed:
        sys.exit(MISSED)


def _results(settings: LoadSettings, out: Path, workers: int) -> Part:
    """Read the results; those of workers are put together first."""
    try:
        if workers > 1:
            planned = len(settings.schedule_s()) if settings.load == "open" else None
            parts = [read(worker_folder(out, index)) for index in range(workers)]
            write(out, *merge(parts, planned, settings.lag_limit))
        return read(out)
    except OSError as error:
        click.echo(f"No load: {error.filename} is missing; Locust's own words above say why", err=True)
        sys.exit(UNFIT)


def _settings(rate: float | None, **load: Any) -> LoadSettings:
    kind: dict[str, Any] = {} if rate is None else {"load": "open", "rate": rate}
    settings = LoadSettings(**kind, **load)
    _check(settings)
    return settings


def _check(settings: LoadSettings) -> None:
    try:
        check_settings(settings)
    except WrongSettings as error:
        raise click.UsageError(str(error)) from error
