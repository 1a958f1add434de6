"""A pytest plugin: failures that show the report, a fixture `gradients`, and a page of what a session checked.

It is loaded where it is asked for: by `pytest -p autograd.testing.plugin`, or by the line
`pytest_plugins = ["autograd.testing.plugin"]` in the top-level conftest.py.
"""

from __future__ import annotations

import inspect
import os
import re
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping
from errno import EISDIR
from pathlib import Path
from typing import Any, TypeVar

import pytest

from autograd import testing
from autograd.files import check_writable, write_file
from autograd.operation import Op
from autograd.testing.checks.report import Report, watchers
from autograd.testing.session_page import Collected, Tally
from autograd.value import Value

_OPTIONS = ("order", "tolerance")  # that the marker takes
_MOST_WRONG = 20  # reports of one test, among which the one is sought that it fails with
_SENT = "gradients"  # the attribute of a test's report that has the reports of its checks, from worker to controller

_AnyReport = TypeVar("_AnyReport", bound=Report)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option --gradient-report."""
    group = parser.getgroup("gradients", "derivatives, checked by autograd.testing")
    group.addoption("--gradient-report", metavar="FILE.html", help="write a page of what was checked into this file")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and begin to listen."""
    options = ", ".join(_OPTIONS)
    config.addinivalue_line("markers", f"gradients({options}): defaults of the fixture gradients in this test")
    page = config.getoption("gradient_report")
    listener = _Listener(with_tables=bool(page))
    config.pluginmanager.register(listener)
    if not hasattr(config, "workerinput"):  # as the workers of pytest-xdist have, who send what they hear
        path = _writable(config.invocation_params.dir / page) if page else None
        config.pluginmanager.register(_Session(listener, path))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse markers with other options than the fixture has."""
    for marker in item.iter_markers("gradients"):
        strange = [*map(repr, marker.args), *(name for name in marker.kwargs if name not in _OPTIONS)]
        if strange:
            takes = " and ".join(_OPTIONS)
            pytest.fail(f"the marker gradients takes {takes}, by name, and not {', '.join(strange)}", pytrace=False)


class Gradients:
    """The checks of `autograd.testing` as assertions: each returns its report, or fails with it."""

    def __init__(self, defaults: Mapping[str, Any]) -> None:
        self._defaults = defaults

    def check(self, f: Callable[..., Any], *args: Any, **options: Any) -> testing.GradientReport:
        """Assert that the derivatives of the number f(*args) are right, with the `options` of `check_gradients`."""
        __tracebackhide__ = True
        return self._right(testing.check_gradients, f, *args, **options)

    def derivative(
        self, f: Callable[..., Any], df: Callable[..., Any], at: Iterable[Any], **options: Any
    ) -> testing.DerivativeReport:
        """Assert that `df` is the derivative of f at the points `at`, with the `options` of `check_derivative`."""
        __tracebackhide__ = True
        return self._right(testing.check_derivative, f, df, at, **options)

    def op(self, op: Op, **options: Any) -> testing.OpReport:
        """Assert that the declaration of the operation `op` is right, with the `options` of `check_op`."""
        __tracebackhide__ = True
        return self._right(testing.check_op, op, **options)

    def by_hand(self, loss: Value, gradients: Mapping[Any, Any]) -> testing.HandReport:
        """Assert that the `gradients` of `loss` worked out by hand are right, as `check_by_hand` marks them."""
        __tracebackhide__ = True
        return self._right(testing.check_by_hand, loss, gradients)

    def _right(self, check: Callable[..., _AnyReport], *args: Any, **options: Any) -> _AnyReport:
        __tracebackhide__ = True
        known = inspect.signature(check).parameters
        defaults = {name: default for name, default in self._defaults.items() if name in known}
        report = check(*args, **(defaults | options))
        if not report:
            raise AssertionError(str(report))
        return report


@pytest.fixture
def gradients(request: pytest.FixtureRequest) -> Gradients:
    """Checks of derivatives, each of which fails with its report: check, derivative, op and by_hand."""
    defaults: dict[str, Any] = {}
    for marker in request.node.iter_markers("gradients"):  # the closest first
        defaults = {**marker.kwargs, **defaults}
    return Gradients(defaults)


class _Listener:
    """Hears of every report while a test runs: shows the one that it fails with, and sends all with its result."""

    def __init__(self, with_tables: bool) -> None:
        self.test = ""  # that runs
        self.tally = Tally(with_tables)
        self.wrong: deque[Report] = deque(maxlen=_MOST_WRONG)  # of this test, the latest first
        watchers.append(self.hear)

    def hear(self, report: Report) -> None:
        if self.test:
            self.tally.add(report)
            if not report:
                self.wrong.appendleft(report)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.test = nodeid
        self.wrong.clear()

    def pytest_runtest_logfinish(self) -> None:
        self.test = ""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        result = yield
        if call.excinfo and isinstance(call.excinfo.value, AssertionError) and not _wants_traceback(item.config):
            _show_report(result, call.excinfo, self.wrong)
        if self.tally:
            setattr(result, _SENT, self.tally.sent())
            self.tally.clear()
        return result

    def pytest_unconfigure(self) -> None:
        watchers.remove(self.hear)


class _Session:
    """Collects what the tests checked, here or in workers, and writes the page, if one is asked for."""

    def __init__(self, listener: _Listener, page: Path | None) -> None:
        self.listener, self.page = listener, page
        self.collected = Collected()
        self.problem = ""  # with writing the page

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        sent = vars(report).pop(_SENT, None)
        if sent:
            self.collected.add(report.nodeid, sent)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.listener.tally:  # of a test that was interrupted
            self.collected.add(self.listener.test, self.listener.tally.sent())
        if self.page:
            try:
                write_file(self.page, self.collected.page())
            except OSError as error:
                self.problem = str(error)
                session.exitstatus = pytest.ExitCode.INTERNAL_ERROR

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.page or self.collected.tests:
            page = f"the page could not be written: {self.problem}" if self.problem else f"the page is {self.page}"
            where = f"; {page}" if self.page else ""
            terminalreporter.write_line(f"gradients: {self.collected.summary()}{where}")


def _writable(page: Path) -> Path:
    """Return the path of the page, in a folder that there is; better to fail now than after the tests."""
    if page.suffix.lower() not in (".html", ".htm"):
        raise pytest.UsageError(f"--gradient-report writes a page: give a name that ends in .html, not {page.name!r}")
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        if page.is_dir():
            raise IsADirectoryError(EISDIR, os.strerror(EISDIR))
        check_writable(page)
    except OSError as error:
        raise pytest.UsageError(f"--gradient-report cannot write {page}: {error.strerror or error}") from None
    return page


def _wants_traceback(config: pytest.Config) -> bool:
    option = config.option
    return bool(option.fulltrace or option.showlocals or option.tbstyle in ("long", "native"))


def _show_report(
    result: pytest.TestReport, excinfo: pytest.ExceptionInfo[BaseException], wrong: Iterable[Report]
) -> None:
    """Let the `result` of a test show a report and the place of the assertion, where that is about a report."""
    message, asserted = str(excinfo.value), _named(excinfo)
    candidates = [asserted, *wrong] if isinstance(asserted, Report) else wrong
    found = ((shown, report) for report in candidates if (shown := _shown(message, report)))
    shown, report = next(found, ("", None))
    old: Any = result.longrepr
    if report is None or not hasattr(old, "reprtraceback"):
        return
    notes = getattr(excinfo.value, "__notes__", [])  # as hypothesis adds the example with which a test fails
    failure = AssertionError("\n".join([shown, *notes])).with_traceback(excinfo.value.__traceback__)
    new: Any = pytest.ExceptionInfo.from_exception(failure).getrepr(style="value")
    new.reprtraceback.reprentries[0].reprfileloc = old.reprtraceback.reprentries[-1].reprfileloc
    new.reprcrash.message = _headline(shown, report)
    result.longrepr = new


def _named(excinfo: pytest.ExceptionInfo[BaseException]) -> Any:
    """Return what an assertion of a name, as `assert report`, is about."""
    entry = excinfo.traceback[-1]
    name = re.match(r"\s*assert\s+(\w+)", str(entry.statement))
    return {**entry.frame.f_globals, **entry.frame.f_locals}.get(name[1]) if name else None


def _shown(message: str, report: Report) -> str:
    """Return what to show of an assertion's `message` if it is about `report`, with that in full; if it is not, ""."""
    text = str(report)
    for line in re.finditer(r"^assert (.*)", message, re.MULTILINE):
        if _is_repr(line[1], report):
            own = message[: line.start()].rstrip().replace("\n  ", "\n")  # as in `assert report, "the second layer"`
            return own if text in own else f"{own}\n\n{text}".lstrip()
    return message if "\n" in text and text in message else ""


def _is_repr(shown: str, report: Report) -> bool:
    """Say whether pytest shows `report` as `shown`: on one line, with its middle left out."""
    whole = repr(report).replace("\n", "\\n")
    cuts = (dots.start() for dots in re.finditer(r"(?=\.\.\.)", shown))
    return shown == whole or any(whole.startswith(shown[:cut]) and whole.endswith(shown[cut + 3 :]) for cut in cuts)


def _headline(shown: str, report: Report) -> str:
    first = shown.partition("\n")[0]
    return f"not right: {report.subject or 'derivatives'}" if str(report).startswith(first) else first
