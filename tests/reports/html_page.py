"""The parts of a rendered page that tests check."""

from html.parser import HTMLParser

MAY_NAVIGATE = ("a",)


class HtmlPage(HTMLParser):
    """The text of a page, its table of cells, its number of charts, and every address that it fetches."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.fetched: list[str] = []
        self.links: list[str] = []
        self.charts = 0
        self.cells: list[list[str]] = []
        self._in_cells = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.charts += tag == "svg"
        links = [value or "" for name, value in attrs if name in ("src", "href", "xlink:href")]
        outside = [link for link in links if not link.startswith(("#", "data:"))]
        (self.links if tag in MAY_NAVIGATE else self.fetched).extend(outside)
        if tag == "table":
            self._in_cells = ("id", "cells") in attrs
        if self._in_cells and tag == "tr":
            self.cells.append([])
        if self._in_cells and tag in ("td", "th"):
            self.cells[-1].append("")
        if self._in_cells and tag == "small":
            self.cells[-1][-1] += "|"

    def handle_endtag(self, tag: str) -> None:
        self._in_cells = self._in_cells and tag != "table"

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._in_cells and self.cells and self.cells[-1]:
            self.cells[-1][-1] += data.strip()
