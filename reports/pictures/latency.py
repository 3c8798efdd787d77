"""How long each cell takes, out to the tail."""

from collections.abc import Sequence

from reports.digests import PERCENTILES, TAIL_SAMPLES, Digest, Latency
from reports.figures import percentiles
from reports.figures.values import Curve
from reports.pictures.picture import Drawing
from reports.sentences import NONE, amount, load
from reports.tables import Table
from reports.view import Page

EXPLANATION = (
    "The time below which that share of requests was answered, over all valid blocks together. Solid: from "
    "the moment the request was due; dashed: from the moment it was sent. In a closed loop the two are the "
    f"same, and a slow cell is asked less. A curve ends where fewer than {TAIL_SAMPLES} samples lie beyond."
)
BENEATH = " The thin grey line in each panel is {reference}."


def draw(page: Page, digests: Sequence[Digest]) -> Drawing | None:
    """Draw response and service times by percentile."""
    known = [(one.cell, one.latency) for one in digests if one.latency is not None]
    if not known:
        return None
    curves = [
        Curve(cell, page.series(cell), found.fractions, found.response_ms, found.service_ms)
        for cell, found in known
    ]
    apart = len(curves) > percentiles.OVERLAID
    explanation = EXPLANATION + (BENEATH.format(reference=page.run.reference) if apart else "")
    figure = percentiles.draw(curves, page.run.reference)
    return Drawing("How long it takes", explanation, figure, numbers(page, known))


def numbers(page: Page, known: Sequence[tuple[str, Latency]]) -> Table:
    """Return the percentiles, each with the samples beyond it, and the load under which they hold."""
    shown = [percent for percent in PERCENTILES if any(percent in found.percentiles for _, found in known)]
    asked = {cell.name: load(cell.load) for cell in page.run.cells}
    return Table(
        ["cell", "load", "answers", *(f"p{percent:g} ms (samples beyond)" for percent in shown)],
        [
            [cell, asked[cell], f"{found.answers:,}", *(_words(found, percent) for percent in shown)]
            for cell, found in known
        ],
    )


def _words(found: Latency, percent: float) -> str:
    if percent not in found.percentiles:
        return NONE
    return f"{amount(found.percentiles[percent][0])} ({found.beyond(percent):,})"
