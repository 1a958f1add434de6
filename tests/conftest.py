"""A browser for the tests of pages, where there is one, and pytest's own tool for the tests of a plugin."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

pytest_plugins = ["pytester"]

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that use a browser, and do not measure the coverage of single slow tests: quick ones cover as much."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
        if any(mark.name == "slow" for mark in item.own_markers):  # and not of a whole module
            item.add_marker("no_cover")


def missing(what: str) -> None:
    """Skip, saying why; but fail where everything is meant to run."""
    message = f"browser tests need {what}"
    if os.environ.get("BROWSER_TESTS") == "required":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("the package playwright")
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        missing(f"one of the programs {', '.join(PROGRAMS)} on PATH")
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
        chromium = playwright.chromium.launch(executable_path=program, args=options)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page that may neither ask for anything nor write errors: `page.opened` and `page.complaints` tell."""
    context = browser.new_context(viewport={"width": 1200, "height": 800})
    new = context.new_page()
    new.opened, new.complaints = [], []
    new.on("request", lambda request: new.opened.append(request.url))
    new.on("console", lambda message: new.complaints.append(message.text))
    new.on("pageerror", lambda error: new.complaints.append(str(error)))
    yield new
    assert new.complaints == []
    assert all(url.startswith(("file:", "data:", "about:")) for url in new.opened)
    context.close()
