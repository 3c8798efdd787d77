"""Figures as inline SVG with CSS variables for colours, and as SVG and PNG files."""

import io
import re
from pathlib import Path

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.colors import to_hex, to_rgba_array
from matplotlib.figure import Figure

from reports.charts.style import LOOK, PAPER, VARIABLES

FONT = "font-family: 'DejaVu Sans', sans-serif"
DPI = 200

SHORTENED = (
    (r"<metadata>.*?</metadata>", ""),
    (r"<!--.*?-->", ""),
    (r"\s*\n\s*", " "),
    (r"> <", "><"),
    (r' transform="rotate\(-0 [^"]*\)"', ""),
    (rf"{FONT}; ", ""),
)
"""Parts that a browser does not need; they are half of the bytes of a page of sixty cells."""


def inline(figure: Figure, name: str) -> str:
    """Return *figure* as inline SVG with CSS variables for colours; *name* makes its ids unique."""
    buffer = io.StringIO()
    with mpl.rc_context(LOOK | {"svg.hashsalt": name, "svg.id": name}):  # type: ignore[arg-type]
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue()
    svg = _short(svg[svg.index("<svg") :])
    svg = re.sub(r'id="([^"]+)"', rf'id="{name}-\1"', svg)
    svg = re.sub(r'(url\(|href=")#', rf"\1#{name}-", svg)
    for sentinel, variable in VARIABLES.items():
        svg = svg.replace(sentinel, f"var({variable})")
    return svg


def on_paper(svg: str) -> str:
    """Return the inline *svg* with a white background and fixed colours, for a file."""
    svg = svg.replace(f'style="{FONT}"', f'style="{FONT}; background: white"', 1)
    for sentinel, variable in VARIABLES.items():
        svg = svg.replace(f"var({variable})", PAPER[sentinel])
    return svg


def write_png(figure: Figure, file: Path) -> None:
    """Write *figure* with a white background and fixed colours, which replace those of *figure*."""
    with mpl.rc_context(LOOK):  # type: ignore[arg-type]
        figure.draw_without_rendering()
        for artist in figure.findobj():
            _repaint(artist)
        figure.savefig(file, format="png", dpi=DPI, facecolor="white", metadata={"Software": None})


def _repaint(artist: Artist) -> None:
    for part in ("color", "facecolor", "edgecolor", "markerfacecolor", "markeredgecolor"):
        get, put = getattr(artist, f"get_{part}", None), getattr(artist, f"set_{part}", None)
        if get is None or put is None:
            continue
        for rgba in to_rgba_array(get())[:1]:
            if (paper := PAPER.get(to_hex(rgba))) is not None:
                put((paper, float(rgba[3])))


def _short(svg: str) -> str:
    for pattern, replacement in SHORTENED:
        svg = re.sub(pattern, replacement, svg, flags=re.DOTALL)
    svg = re.sub(r"-?\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), svg)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*" height="[^"]*"', rf'\1 style="{FONT}"', svg, count=1)
    used = set(re.findall(r'(?:url\(|href=")#([^")]+)', svg))
    return re.sub(r' id="([^"]+)"', lambda found: found[0] if found[1] in used else "", svg)
