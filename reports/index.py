"""The landing page over a folder of runs: each with its verdict, and the history of each profile."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from benchmarks.results.judge.metrics import P99, THROUGHPUT, Metric
from benchmarks.results.store import files
from benchmarks.results.store.schema import Environment, Run
from reports import headline
from reports.charts import history, svg
from reports.charts.values import Past
from reports.comparisons import BlocksByMetric, blocks_by_metric, judged, mean, ranks
from reports.formatting import unit
from reports.render import template, text

RUNS_DRAWN = 15
"""More would not be told apart in a panel; the table has them all."""


@dataclass(frozen=True)
class IndexEntry:
    """One run of the page; *blocks* are by the metric of its verdicts."""

    folder: str
    run: Run
    metric: Metric
    blocks: BlocksByMetric
    verdict: str
    trials: int
    valid: int
    has_report: bool

    @property
    def label(self) -> str:
        """The commit in short, marked where files were changed."""
        found = self.run.environment
        return f"{(found.commit or 'unknown')[:7]}{'+' if found.dirty else ''}"


@dataclass(frozen=True)
class History:
    """The runs of one profile on one machine, the oldest first; *svg* is None for a single run."""

    title: str
    entries: Sequence[IndexEntry]
    svg: Markup | None


def landing_page(results: Path) -> str:
    """Return the page over the runs in *results*; raise `store.UnreadableError` where that is no folder."""
    if not results.is_dir():
        raise files.UnreadableError(
            f"{results}: no such folder; give the one that holds the runs, as results/"
        )
    entries, broken = collect(results)
    return template("index.html.j2").render(
        css=Markup(text("report.css")),
        histories=histories(entries),
        broken=broken,
        runs=len(entries),
        drawn=RUNS_DRAWN,
    )


def collect(results: Path) -> tuple[list[IndexEntry], list[str]]:
    """Return the readable runs in the order of time, and why others cannot be read."""
    entries, broken = [], []
    for file in sorted(results.glob(f"*/{files.RUN_FILE}")):
        try:
            entries.append(entry(file.parent))
        except files.UnreadableError as error:
            broken.append(str(error))
    return sorted(entries, key=lambda one: one.run.started_at), broken


def entry(folder: Path) -> IndexEntry:
    """Read the run in *folder*."""
    run, trials = files.read_run(folder), files.read_trials(folder)
    metric = P99 if all(cell.load.kind == "open" for cell in run.cells) else THROUGHPUT
    blocks = blocks_by_metric(run.cells, trials)
    ranked = ranks(run, trials, {cell.name: judged(run, trials, metric, cell.name) for cell in run.cells})
    return IndexEntry(
        folder=folder.name,
        run=run,
        metric=metric,
        blocks=blocks,
        verdict=headline.sentence(run, metric, blocks, ranked),
        trials=len(trials),
        valid=sum(trial.valid for trial in trials),
        has_report=(folder / "report.html").exists(),
    )


def histories(entries: Sequence[IndexEntry]) -> list[History]:
    """Group *entries* by profile and machine: figures of two machines are not one history."""
    groups: dict[str, list[IndexEntry]] = {}
    for one in entries:
        groups.setdefault(f"{one.run.profile} on {machine(one.run.environment)}", []).append(one)
    return [
        History(title, group, draw(f"history-{number}", group))
        for number, (title, group) in enumerate(groups.items())
    ]


def machine(found: Environment) -> str:
    """Return what makes figures comparable, in words."""
    return f"{found.cores} cores of {found.cpu_model}"


def draw(name: str, entries: Sequence[IndexEntry]) -> Markup | None:
    """Draw each cell over the newest runs, the SVG's ids beginning with *name*; None for a single run."""
    entries = entries[-RUNS_DRAWN:]
    cells = list(dict.fromkeys(cell.name for one in entries for cell in one.run.cells if not cell.twin_of))
    metric = entries[-1].metric
    pasts = [past(cell, series, metric, entries) for series, cell in enumerate(cells)]
    known = [one for one in pasts if one.places]
    if len(entries) < 2 or not known:
        return None
    figure = history.draw(known, [one.label for one in entries], f"{metric.name}, {unit(metric)}")
    return Markup(svg.inline(figure, name))


def past(cell: str, series: int, metric: Metric, entries: Sequence[IndexEntry]) -> Past:
    """Return the mean of *cell* in each run that has it."""
    found = [mean(one.blocks.get(metric.name, {}).get(cell, {})) for one in entries]
    places = [place for place, value in enumerate(found) if value is not None]
    return Past(cell, series, places, [value for value in found if value is not None])
