"""Each cell against the reference, and what lies within the noise."""

from collections.abc import Sequence

from reports.digests import Digest
from reports.figures import forest
from reports.figures.values import Ratio
from reports.pictures.picture import Drawing
from reports.sentences import ratio_ends, times
from reports.tables import Table
from reports.view import Page


def draw(page: Page, _digests: Sequence[Digest]) -> Drawing | None:
    """Draw each cell's ratio to the reference by the verdicts' metric."""
    found = page.reference.ratios.get(page.metric.name, {})
    rows = [
        Ratio(cell, page.series(cell), value, page.reference.word(cell))
        for cell, value in found.items()
        if value is not None and cell != page.run.reference
    ]
    if not rows:
        return None
    figure = forest.draw(rows, f"{page.metric.name}, ratio to {page.run.reference}", page.analysis.floor)
    return Drawing(f"Compared with {page.run.reference}", explanation(page), figure, numbers(page, rows))


def explanation(page: Page) -> str:
    """Say how to read the picture, and what the band is."""
    better = "right" if page.metric.higher_is_better else "left"
    told = (
        f"The {page.metric.name} of each cell by that of {page.run.reference} in the same block, with its "
        f"95 % interval; further {better} is better. A line that crosses 1× is no difference that was shown."
    )
    if page.analysis.floor is None:
        return (
            f"{told} No cell was entered twice, so there is no band that shows the noise between equal cells."
        )
    return (
        f"{told} The grey band is the noise: two entries of the same cell differed by "
        f"{page.analysis.floor:.1%}, and nothing inside it is ranked."
    )


def numbers(page: Page, rows: Sequence[Ratio]) -> Table:
    """Return the ratios in figures, each with the reason for its verdict."""
    return Table(
        ["cell", "ratio", "95 % interval", "verdict", "why"],
        [
            [
                one.cell,
                times(one.interval),
                ratio_ends(one.interval),
                one.word,
                page.reference.reason(one.cell),
            ]
            for one in rows
        ],
    )
