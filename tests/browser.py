"""A headless Chromium, driven by Playwright, for tests of pages; they are skipped where none is installed.

A `conftest.py` imports the fixture `browser_page`. A page serves one test, because Playwright keeps an event
loop running in the thread as long as it is open.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, sync_playwright

BINARIES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
TIMEOUT_MS = 60_000


def chromium_path() -> str | None:
    """Return the path of the installed Chromium, or None where there is none."""
    return next((path for binary in BINARIES if (path := shutil.which(binary))), None)


@contextmanager
def open_page(width: int = 1280, height: int = 900, *, dark: bool = False) -> Iterator[Page]:
    """Start a browser, yield its one page, which is empty, and close the browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path(), args=list(FLAGS), timeout=TIMEOUT_MS
        )
        try:
            page = browser.new_page(
                viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
            )
            page.set_default_timeout(TIMEOUT_MS)
            yield page
        finally:
            browser.close()


@pytest.fixture
def browser_page() -> Iterator[Page]:
    if chromium_path() is None:
        pytest.skip("no Chromium is installed")
    with open_page() as page:
        yield page
