"""Print a web page to PDF with a browser, through Playwright."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_MARGIN = "18mm"


def to_pdf(html: str) -> bytes:
    """Return a page as a PDF document of A4 paper.

    The browser is Chromium: the one on PATH, or else Playwright's own. Raise ImportError without Playwright, and
    RuntimeError without a browser.
    """
    with ThreadPoolExecutor(1) as pool:  # Playwright refuses to run in the thread of a notebook
        return pool.submit(_print, html).result()


def _print(html: str) -> bytes:
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise ImportError("a PDF needs Playwright: pip install 'chainrule[pdf]'") from None
    program = next(filter(None, map(shutil.which, _BROWSERS)), None)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            page = browser.new_page(java_script_enabled=False, color_scheme="light")
            page.set_content(html)
            return page.pdf(format="A4", margin={"top": _MARGIN, "bottom": _MARGIN, "left": _MARGIN, "right": _MARGIN})
    except Error as error:
        hint = "install Chromium, or run: playwright install chromium"
        raise RuntimeError(f"the browser cannot print the page; {hint}\n{error.message}") from None
