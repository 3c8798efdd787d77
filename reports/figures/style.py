"""One look for all pictures: sentinel colours that become CSS variables, so that a page can go dark."""

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import matplotlib as mpl

mpl.use("agg")

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

WIDTH_IN = 11.0
INK, MUTED, RULE, BAND = "#010203", "#010204", "#010205", "#010206"
SERIES = tuple(f"#0102{16 + i:02x}" for i in range(8))

_VARIABLES = {INK: "--fg", MUTED: "--muted", RULE: "--rule", BAND: "--band"} | {
    colour: f"--s{i}" for i, colour in enumerate(SERIES)
}
# The same colours on paper: Okabe and Ito's palette for the colour-blind, its yellow darkened for white.
PAPER = {INK: "#1b1f24", MUTED: "#57606a", RULE: "#d0d7de", BAND: "#e6e9ed"} | dict(
    zip(
        SERIES,
        ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#a07a00", "#3a9bd0", "#7a5195", "#6b7280"),
        strict=True,
    )
)

_RC = {
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


def colour(index: int) -> str:
    """Return the colour of the series at *index*; the ninth repeats the first."""
    return SERIES[index % len(SERIES)]


@contextmanager
def canvas(height_in: float) -> Iterator[tuple[Figure, Axes]]:
    """Yield a figure of the common width and look with one pair of axes, and close it afterwards."""
    with mpl.rc_context(_RC):  # type: ignore[arg-type]  # the stub wants literal keys
        figure, axes = plt.subplots(figsize=(WIDTH_IN, height_in), layout="constrained")
        try:
            yield figure, axes
        finally:
            plt.close(figure)


def rows_height(rows: int) -> float:
    """Return the height in inches for *rows* rows of a chart with an axis below."""
    return 1.1 + 0.46 * max(rows, 1)


def name_rows(axes: Axes, names: Sequence[str]) -> None:
    """Label the rows 0, 1, ... from the top with *names*, shortened where they would squeeze the picture."""
    axes.set_yticks(range(len(names)), [shortened(name) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)


def shortened(name: str, characters: int = 40) -> str:
    """Return *name*, its middle left out where it is longer than *characters*."""
    if len(name) <= characters:
        return name
    half = (characters - 1) // 2
    return f"{name[:half]}…{name[-half:]}"


def to_svg(figure: Figure, name: str) -> str:
    """Return *figure* as inline SVG with CSS variables for colours; *name* keeps its ids apart."""
    buffer = io.StringIO()
    with mpl.rc_context(_RC | {"svg.hashsalt": name, "svg.id": name}):  # type: ignore[arg-type]
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'id="([^"]+)"', rf'id="{name}-\1"', svg)
    svg = re.sub(r'(url\(|href=")#', rf"\1#{name}-", svg)
    for sentinel, variable in _VARIABLES.items():
        svg = svg.replace(sentinel, f"var({variable})")
    return svg


def on_paper(svg: str) -> str:
    """Return the inline *svg* in the light palette: a file that stands alone."""
    for sentinel, variable in _VARIABLES.items():
        svg = svg.replace(f"var({variable})", PAPER[sentinel])
    return svg
