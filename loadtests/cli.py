"""The commands: `run`, `web` (Locust's page), and `calibrate` and `crosscheck`, which test the generator."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click

from loadtests.calibration import OPEN_LOAD, NotCalibrated, table
from loadtests.calibration import calibrate as calibrate_generator
from loadtests.child_process import ServerNotReady, run_to_end
from loadtests.crosscheck import FreezeCycles, NotCompared
from loadtests.crosscheck import crosscheck as compare_with_vegeta
from loadtests.generator.settings import LoadSettings, WrongSettings, check_settings, load_options
from loadtests.ledger.judge import Ledger
from loadtests.locust_integration.command_line import load_command, page_command
from loadtests.measurement.percentiles import too_few_beyond
from loadtests.measurement.slo import Objective, WrongObjective, missed, parse_objectives
from loadtests.measurement.window import WindowSummary, summarise
from loadtests.output import LoadOutput, LoadRecord, merge, read, worker_folder, write

SHOWN = ("p50", "p99", "max")
MISSED, UNFIT = 1, 3
WORKERS_AT_MOST = 64


def describe(summary: WindowSummary, load: LoadRecord, ledger: Ledger, misses: list[str]) -> str:
    """Return the outcome in a few lines: figures, ledger, objectives that were missed."""
    times = "  ".join(f"{name} {summary.time_words(name)}" for name in SHOWN)
    lag = "-" if too_few_beyond(summary.sent, 99) else f"{load.lag_ms_p99:.2f} ms"
    lines = [
        f"{load.scenario}, {load.load} loop: {summary.sent} requests in {summary.window_s:g} s, "
        f"{summary.failed} failed, {summary.value('throughput') or 0:.1f}/s",
        f"response {times}  lag p99 {lag}",
        f"ledger {ledger.verdict}: {ledger.users} users, {ledger.updates} updates, {ledger.lost} lost, "
        f"{ledger.doubled} doubled, {ledger.stale} stale, {ledger.crossed} crossed, "
        f"{ledger.indeterminate} indeterminate",
        *ledger.detail,
        *(f"invalid load: {reason}" for reason in load.invalid),
        *(f"objective missed: {miss}" for miss in misses),
    ]
    return "\n".join(lines + (["cut short"] if load.cut else []))


def takes_a_load(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that describe a load. `--rate` decides the loop, in place of `--load`."""
    options = [
        click.option("--host", required=True, help="The service, e.g. http://127.0.0.1:5000."),
        click.option(
            "--workers", type=click.IntRange(1, WORKERS_AT_MOST), default=1, help="Processes that send."
        ),
    ]
    for one in load_options(without=("load", "out")):
        kind = click.Choice(one.choices) if one.choices else type(one.default)
        default = None if one.field == "rate_per_s" else one.default
        options.append(click.option(one.flag, one.field, type=kind, default=default, help=one.help))
    for option in reversed(options):
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
@takes_a_load
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder of the results."
)
@click.option("--slo", "objectives", default="", callback=_objectives, help="e.g. 'p99<50ms, errors<0.1%'.")
def run(host: str, out: Path, workers: int, objectives: list[Objective], **load: Any) -> None:
    """Make one load and write samples.npy, load.json, credits.json and ledger.json.

    With --rate the loop is open, without it closed.
    """
    settings = _settings(out=str(out.absolute()), **load)
    if code := run_to_end(load_command(settings, host, workers)):
        sys.exit(code)
    samples, made, ledger, _ = _output(settings, out, workers)
    summary = summarise(samples, made.window_start_ns, made.window_end_ns)
    misses = list(missed(objectives, summary))
    click.echo(describe(summary, made, ledger, misses))
    if objectives and (misses or made.invalid or ledger.verdict != "valid"):
        sys.exit(MISSED)


@main.command()
@takes_a_load
@click.option("--web-port", default=8089, help="Port of the page.")
@click.option("--system", default="", help="Data folder of the system, to show its costs if it runs here.")
def web(host: str, web_port: int, workers: int, system: str, **load: Any) -> None:
    """Open Locust's web page with our scenarios, form fields and tabs.

    The options are the form's first values. With --rate the loop is open, without it closed.
    """
    sys.exit(run_to_end(page_command(_settings(**load), host, workers, web_port, system)))


@main.command()
@click.option("--warm-up", default=OPEN_LOAD.warm_up_s, help="Seconds of load before each window.")
@click.option("--window", default=OPEN_LOAD.window_s, help="Seconds of the window of each of the two loads.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def calibrate(warm_up: float, window: float, as_json: bool) -> None:  # noqa: FBT001  # a flag of click
    """Measure the generator's cost and the most it can send, on a machine that is idle otherwise.

    Exit code 0: every promise holds; 1: one is missed; 3: a load failed.
    """
    settings = replace(OPEN_LOAD, warm_up_s=warm_up, window_s=window)
    _check(settings)
    try:
        figures = calibrate_generator(settings)
    except (NotCalibrated, ServerNotReady) as error:
        click.echo(f"No calibration: {error}", err=True)
        sys.exit(UNFIT)
    click.echo(json.dumps(asdict(figures), indent=2) if as_json else table(figures))
    if figures.missed:
        sys.exit(MISSED)


@main.command()
@click.option("--cycle", default=10.0, help="Seconds from one freeze to the next.")
@click.option("--frozen", default=1.0, help="Seconds of a freeze.")
@click.option("--cycles", default=3, help="Cycles that each load lasts.")
def crosscheck(cycle: float, frozen: float, cycles: int) -> None:
    """Compare our open loop with vegeta's, against a server that freezes.

    Exit code 0: p50, p99 and max are within 5 %; 1: further apart, or a request without a correct answer;
    3: vegeta is missing, or a load failed.
    """
    try:
        text, agree = compare_with_vegeta(FreezeCycles(cycle, frozen, cycles))
    except (NotCompared, ServerNotReady) as error:
        click.echo(str(error), err=True)
        sys.exit(UNFIT)
    click.echo(text)
    if not agree:
        sys.exit(MISSED)


def _output(settings: LoadSettings, out: Path, workers: int) -> LoadOutput:
    """Read the output of a load; that of several workers is merged and written first."""
    try:
        if workers > 1:
            planned = len(settings.schedule_s()) if settings.load == "open" else None
            parts = [read(worker_folder(out, index)) for index in range(workers)]
            write(out, merge(parts, planned, settings.lag_limit_ms))
        return read(out)
    except OSError as error:
        click.echo(f"No load: {error.filename} is missing; see Locust's message above", err=True)
        sys.exit(UNFIT)


def _settings(rate_per_s: float | None, **load: Any) -> LoadSettings:
    kind: dict[str, Any] = {} if rate_per_s is None else {"load": "open", "rate_per_s": rate_per_s}
    settings = LoadSettings(**kind, **load)
    _check(settings)
    return settings


def _check(settings: LoadSettings) -> None:
    try:
        check_settings(settings)
    except WrongSettings as error:
        raise click.UsageError(str(error)) from error
