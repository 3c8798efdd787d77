"""The page over a folder of runs: each run with its result, and the history of each profile."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from markupsafe import Markup

from benchmarks.results.judge.analysis import main_metric
from benchmarks.results.judge.machine import machine_speed
from benchmarks.results.judge.metrics import Metric
from benchmarks.results.judge.verdicts import rank_by
from benchmarks.results.store import files
from benchmarks.results.store.schema import Environment, Run
from reports.against import version_section
from reports.charts import svg
from reports.charts.history import CellHistory, draw_history
from reports.formatting import unit
from reports.headline import headline
from reports.render import template, text
from reports.run_summary import BlocksByMetric, blocks_by_metric, mean

RUNS_DRAWN = 15
"""The labels of more runs would overlap in a panel; the table lists all."""


@dataclass(frozen=True)
class IndexEntry:
    """One run of the page; *metric* is that of its verdicts."""

    folder: str
    run: Run
    metric: Metric
    blocks: BlocksByMetric
    headline: str
    trials: int
    valid: int
    speed: float | None
    """Speed of the machine on one core, by the reference machine."""
    has_report: bool

    @property
    def label(self) -> str:
        """The short commit, with `+` where files had uncommitted changes."""
        found = self.run.environment
        return f"{(found.commit or 'unknown')[:7]}{'+' if found.dirty else ''}"


@dataclass(frozen=True)
class ProfileHistory:
    """The runs of one profile on one machine, the oldest first; *svg* is None for a single run.

    *svg_at_reference* has the same figures at the speed of the reference machine.
    """

    title: str
    entries: Sequence[IndexEntry]
    svg: Markup | None
    svg_at_reference: Markup | None


def index_page(results: Path) -> str:
    """Return the page over the runs in *results*; raise `UnreadableError` where that is no folder."""
    if not results.is_dir():
        raise files.UnreadableError(
            f"{results}: no such folder; give the one that holds the runs, as results/"
        )
    entries, unreadable = read_entries(results)
    return template("index.html.j2").render(
        css=Markup(text("report.css")),
        histories=histories(entries),
        unreadable=unreadable,
        runs=len(entries),
        drawn=RUNS_DRAWN,
    )


def read_entries(results: Path) -> tuple[list[IndexEntry], list[str]]:
    """Return the readable runs in the order of time, and for each of the others the reason."""
    entries, unreadable = [], []
    for file in sorted(results.glob(f"*/{files.RUN_FILE}")):
        try:
            entries.append(read_entry(file.parent))
        except files.UnreadableError as error:
            unreadable.append(str(error))
    return sorted(entries, key=lambda one: one.run.started_at), unreadable


def read_entry(folder: Path) -> IndexEntry:
    """Read the run in *folder*."""
    run, trials = files.read_run(folder), files.read_trials(folder)
    metric = main_metric(run)
    version = version_section(run, trials)
    return IndexEntry(
        folder=folder.name,
        run=run,
        metric=metric,
        blocks=blocks_by_metric(run.cells, trials),
        headline=version.headline if version else headline(run, metric, rank_by(run, trials, metric)),
        trials=len(trials),
        valid=sum(trial.valid for trial in trials),
        speed=speed.one_core if (speed := machine_speed(trials)) else None,
        has_report=(folder / "report.html").exists(),
    )


def histories(entries: Sequence[IndexEntry]) -> list[ProfileHistory]:
    """Group *entries* by profile and machine, since the figures of two machines are not comparable."""
    groups: dict[str, list[IndexEntry]] = {}
    for one in entries:
        groups.setdefault(f"{one.run.profile} on {machine(one.run.environment)}", []).append(one)
    return [
        ProfileHistory(
            title,
            group,
            history_svg(f"history-{number}", group),
            history_svg(f"history-{number}-at-reference", at_reference(group)),
        )
        for number, (title, group) in enumerate(groups.items())
    ]


def at_reference(entries: Sequence[IndexEntry]) -> list[IndexEntry]:
    """Return the runs whose speed is known, with their figures as on the reference machine.

    A rate is divided by the speed on one core, a time is multiplied by it: a rough correction, since other
    parts of a machine than its cores may limit a run.
    """
    return [replace(one, blocks=scaled(one.blocks, one.metric, one.speed)) for one in entries if one.speed]


def scaled(blocks: BlocksByMetric, metric: Metric, speed: float) -> BlocksByMetric:
    """Return the values of *metric* as they would be at a speed of 1."""
    factor = 1 / speed if metric.higher_is_better else speed
    by_cell = blocks.get(metric.name, {})
    return {
        metric.name: {
            cell: {block: factor * value for block, value in of.items()} for cell, of in by_cell.items()
        }
    }


def machine(found: Environment) -> str:
    """Return the properties of the machine that make figures comparable."""
    return f"{found.cores} cores of {found.cpu_model}"


def history_svg(name: str, entries: Sequence[IndexEntry]) -> Markup | None:
    """Return each cell's means over the newest runs as SVG, its ids prefixed by *name*; None for one run."""
    entries = entries[-RUNS_DRAWN:]
    drawn = [
        cell for one in entries for cell in one.run.cells if cell.twin_of is None and cell.version is None
    ]
    names = list(dict.fromkeys(cell.name for cell in drawn))
    metric = entries[-1].metric
    found = [cell_history(cell, series, metric, entries) for series, cell in enumerate(names)]
    cells = [one for one in found if one.places]
    if len(entries) < 2 or not cells:
        return None
    figure = draw_history(cells, [one.label for one in entries], f"{metric.name}, {unit(metric)}")
    return Markup(svg.inline(figure, name))


def cell_history(cell: str, series: int, metric: Metric, entries: Sequence[IndexEntry]) -> CellHistory:
    """Return the mean of *cell* in each run that has it."""
    found = [mean(one.blocks.get(metric.name, {}).get(cell, {})) for one in entries]
    places = [place for place, value in enumerate(found) if value is not None]
    return CellHistory(cell, series, places, [value for value in found if value is not None])
