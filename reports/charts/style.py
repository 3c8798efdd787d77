"""Look and layout of all charts.

Colours are placeholders that `svg` replaces by CSS variables, so that the page has a light and a dark scheme.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

import matplotlib as mpl

mpl.use("agg")

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

WIDTH_IN = 11.0
LABEL_IN = 0.24
PANEL_COLUMNS = 3
PANEL_HEIGHT_IN = 2.0
PANEL_MARGINS_IN = {"left": 0.75, "right": 0.1, "bottom": 0.6, "top": 0.3, "wspace": 0.55, "hspace": 0.6}
"""Around the panels, and between them: enough for a label of five digits and for one line of a title.

They are fixed since matplotlib's search for margins draws every panel twice, which takes seconds for forty.
"""
PANEL_TITLE_IN = 0.2
"""Height of each further line of a title."""
PANEL_TITLE_LETTERS = 42
"""Per line of a panel's title, which has at most two."""
FINE_TICKS = (0.2, 0.25, 0.33, 0.5, 0.67, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 2, 3, 4, 5)
INK, MUTED, RULE, BAND = "#010203", "#010204", "#010205", "#010206"
SERIES = tuple(f"#0102{16 + i:02x}" for i in range(8))

VARIABLES = {INK: "--fg", MUTED: "--muted", RULE: "--rule", BAND: "--band"} | {
    colour: f"--s{i}" for i, colour in enumerate(SERIES)
}
PAPER = {INK: "#1b1f24", MUTED: "#57606a", RULE: "#d0d7de", BAND: "#e6e9ed"} | dict(
    zip(
        SERIES,
        ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#a07a00", "#3a9bd0", "#7a5195", "#6b7280"),
        strict=True,
    )
)
"""The colours of image files: the palette of Okabe and Ito for the colour-blind, with a darker yellow."""

LOOK = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 12,
    "text.color": INK,
    "axes.edgecolor": RULE,
    "axes.labelcolor": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.axisbelow": True,
    "xtick.color": MUTED,
    "ytick.color": INK,
    "ytick.major.size": 0,
    "grid.color": RULE,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "svg.fonttype": "none",
    "lines.solid_capstyle": "round",
}

PanelContent = TypeVar("PanelContent")


def colour(index: int) -> str:
    """Return the colour of the series at *index*; the ninth repeats the first."""
    return SERIES[index % len(SERIES)]


@contextmanager
def canvas(height_in: float) -> Iterator[tuple[Figure, Axes]]:
    """Yield a figure of the common width and look with one pair of axes, and close it afterwards."""
    with grid(height_in, 1, 1) as (figure, axes):
        yield figure, axes[0]


@contextmanager
def grid(
    height_in: float,
    rows: int,
    columns: int,
    *,
    shared: bool | str = "all",
    heights: Sequence[float] | None = None,
    margins: Mapping[str, float] | None = None,
) -> Iterator[tuple[Figure, list[Axes]]]:
    """Yield a figure with *rows* by *columns* axes in reading order; *shared* ones have equal limits.

    Without *margins*, as `subplots_adjust` takes them, they are chosen so that all labels fit.
    """
    with mpl.rc_context(LOOK):  # type: ignore[arg-type]  # the stub wants literal keys
        figure, axes = plt.subplots(
            rows,
            columns,
            figsize=(WIDTH_IN, height_in),
            layout=None if margins else "constrained",
            gridspec_kw=dict(margins) if margins else None,
            squeeze=False,
            sharex=shared is not False,
            sharey=shared == "all",
            height_ratios=heights,
        )
        try:
            yield figure, list(axes.flat)
        finally:
            plt.close(figure)


def panels(
    contents: Sequence[PanelContent],
    name: Callable[[PanelContent], str],
    draw_panel: Callable[[Axes, PanelContent], None],
    shared: str = "x",
) -> Figure:
    """Draw one small panel per entry of *contents* with its name as title; *shared* axes are "x" or "all"."""
    rows = math.ceil(len(contents) / PANEL_COLUMNS)
    titles = [folded(name(one), PANEL_TITLE_LETTERS) for one in contents]
    titles_in = PANEL_TITLE_IN * max(title.count("\n") for title in titles)
    height_in, margins = panel_layout(rows, titles_in)
    with grid(height_in, rows, PANEL_COLUMNS, shared=shared, margins=margins) as (figure, axes):
        for place, one, title in zip(axes, contents, titles, strict=False):
            place.set_title(title, loc="left", fontsize=9.5, color=INK)
            draw_panel(place, one)
            place.tick_params(labelbottom=True, labelsize=10)
        for empty in axes[len(contents) :]:
            empty.set_axis_off()
        return figure


def panel_layout(rows: int, titles_in: float) -> tuple[float, dict[str, float]]:
    """Return the height of a figure with *rows* rows of panels, and its margins for `subplots_adjust`.

    *titles_in* is the height of a title beyond its first line.
    """
    inches = PANEL_MARGINS_IN
    top_in, gap_in = inches["top"] + titles_in, inches["hspace"] + titles_in
    panel_in = PANEL_HEIGHT_IN - inches["hspace"]
    height_in = top_in + rows * panel_in + (rows - 1) * gap_in + inches["bottom"]
    width_in = (WIDTH_IN - inches["left"] - inches["right"]) / PANEL_COLUMNS - inches["wspace"]
    return height_in, {
        "left": inches["left"] / WIDTH_IN,
        "right": 1 - inches["right"] / WIDTH_IN,
        "bottom": inches["bottom"] / height_in,
        "top": 1 - top_in / height_in,
        "wspace": inches["wspace"] / width_in,
        "hspace": gap_in / panel_in,
    }


def rows_height(rows: int) -> float:
    """Return the height in inches of a chart with *rows* rows and an axis below."""
    return 1.1 + 0.46 * max(rows, 1)


def name_rows(axes: Axes, names: Sequence[str]) -> None:
    """Label the rows 0, 1, ... from the top with *names*."""
    axes.set_yticks(range(len(names)), [folded(name) for name in names], linespacing=1.05)
    axes.set_ylim(len(names) - 0.4, -0.6)


def folded(name: str, letters: int = 42) -> str:
    """Return *name* on at most two lines of *letters*; a longer one is shortened in the middle."""
    name = shortened(name, 2 * letters - 4)
    if len(name) <= letters:
        return name
    middle = len(name) // 2
    spaces = [place for place, letter in enumerate(name) if letter == " " and abs(place - middle) <= 6]
    cut = min(spaces, key=lambda place: abs(place - middle), default=middle)
    return f"{name[:cut]}\n{name[cut:].lstrip()}"


def shortened(name: str, letters: int) -> str:
    """Return *name* with at most *letters*; a longer one is shortened in the middle."""
    if len(name) <= letters:
        return name
    half = (letters - 1) // 2
    return f"{name[:half]}…{name[-half:]}"


def plain_log(axis: Axis) -> None:
    """Label a log *axis* with 1, 2, 5, 10, ... written out."""
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_locator(NullLocator())


def factors(axes: Axes, values: Sequence[float]) -> None:
    """Make the x axis a log scale of factors that includes 1 and all *values*."""
    low, high = min([1.0, *values]), max([1.0, *values])
    axes.set_xscale("log")
    axes.set_xlim(low / 1.08, high * 1.08)
    narrow = high / low < 6
    ticks = [tick for tick in FINE_TICKS if low / 1.08 <= tick <= high * 1.08] if narrow else None
    if ticks:
        axes.xaxis.set_major_locator(FixedLocator(ticks))
    else:
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 300 else (1,)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}×"))
    axes.xaxis.set_minor_locator(NullLocator())


def label_ends(axes: Axes, names: Sequence[tuple[str, int]], ends: Sequence[float], height_in: float) -> None:
    """Write the name of each line to the right of the log axes, near the height of its end.

    *names* are pairs of name and series; *height_in* is the height of the figure, from which the distance
    between two names follows.
    """
    low, high = axes.get_ylim()
    lines = max(folded(name).count("\n") + 1 for name, _ in names)
    apart = math.log(high / low) * (LABEL_IN * lines) / height_in
    order = sorted(range(len(ends)), key=lambda place: ends[place])
    heights = spread([math.log(ends[place]) for place in order], apart)
    for place, height in zip(order, heights, strict=True):
        name, series = names[place]
        axes.annotate(
            folded(name),
            (1, math.exp(height)),
            xycoords=("axes fraction", "data"),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            color=colour(series),
            annotation_clip=False,
        )


def spread(ascending: Sequence[float], apart: float) -> list[float]:
    """Return the *ascending* values moved apart, so that neighbours differ by at least *apart*."""
    up = list(ascending)
    for place in range(1, len(up)):
        up[place] = max(up[place], up[place - 1] + apart)
    down = list(ascending)
    for place in reversed(range(len(down) - 1)):
        down[place] = min(down[place], down[place + 1] - apart)
    return [(one + other) / 2 for one, other in zip(up, down, strict=True)]
