"""A pytest plugin: failures show the report, a fixture `gradients`, and an HTML page of all checks in a session.

Load it with `pytest -p autograd.testing.plugin`, or with the line `pytest_plugins = ["autograd.testing.plugin"]` in the
top-level conftest.py.
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
from autograd.printing.table import Table
from autograd.testing.checks.gradients import name_of_function
from autograd.testing.checks.report import Report, listeners, short_formula
from autograd.testing.session_page import ReportLog, SessionPage
from autograd.value import Value

_OPTIONS = ("order", "tolerance")  # options of the marker
MAX_FAILED = 20  # number of failed reports of a test to search for that of the assertion
_ATTRIBUTE = "gradients"  # name of the attribute of a pytest report that holds the log of its test

_AnyReport = TypeVar("_AnyReport", bound=Report)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option --gradient-report."""
    group = parser.getgroup("gradients", "derivatives checked by autograd.testing")
    group.addoption("--gradient-report", metavar="FILE.html", help="write an HTML page of all checks to this file")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and listen to reports."""
    options = ", ".join(_OPTIONS)
    config.addinivalue_line("markers", f"gradients({options}): set defaults for the fixture gradients")
    page = config.getoption("gradient_report")
    listener = _Listener(with_tables=bool(page))
    config.pluginmanager.register(listener)
    if not hasattr(config, "workerinput"):  # a worker of pytest-xdist only sends its logs
        path = _writable(config.invocation_params.dir / page) if page else None
        config.pluginmanager.register(_Session(listener, path))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail a test whose marker has unknown options."""
    for marker in item.iter_markers("gradients"):
        unknown = [*map(repr, marker.args), *(name for name in marker.kwargs if name not in _OPTIONS)]
        if unknown:
            takes = " and ".join(_OPTIONS)
            message = f"the marker gradients takes {takes} as keyword arguments, got {', '.join(unknown)}"
            pytest.fail(message, pytrace=False)


class Gradients:
    """The checks of `autograd.testing` as assertions: each returns its report, or fails and shows it."""

    def __init__(self, defaults: Mapping[str, Any]) -> None:
        self._defaults = defaults

    def check(self, f: Callable[..., Any], *args: Any, **options: Any) -> testing.GradientReport:
        """Assert that the derivatives of f(*args) are right. The `options` are those of `check_gradients`."""
        __tracebackhide__ = True
        return self._right(testing.check_gradients, f, *args, **options)

    def derivative(
        self, f: Callable[..., Any], df: Callable[..., Any], at: Iterable[Any], **options: Any
    ) -> testing.DerivativeReport:
        """Assert that `df` is the derivative of f at the points `at`. The `options` are those of `check_derivative`."""
        __tracebackhide__ = True
        return self._right(testing.check_derivative, f, df, at, **options)

    def op(self, op: Op, **options: Any) -> testing.OpReport:
        """Assert that the operation `op` is right. The `options` are those of `check_op`."""
        __tracebackhide__ = True
        return self._right(testing.check_op, op, **options)

    def by_hand(self, loss: Value, gradients: Mapping[Any, Any]) -> testing.HandReport:
        """Assert that `check_by_hand` marks all `gradients` of `loss` as right."""
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
    """Provide the checks as assertions: check, derivative, op and by_hand."""
    defaults: dict[str, Any] = {}
    for marker in request.node.iter_markers("gradients"):  # the closest first
        defaults = {**marker.kwargs, **defaults}
    return Gradients(defaults)


class _Listener:
    """Logs the reports of each test, shows the report of a failed assertion, and attaches the log to the result."""

    def __init__(self, with_tables: bool) -> None:
        self.test = ""  # the running test
        self.log = ReportLog(with_tables)
        self.failed: deque[Report] = deque(maxlen=MAX_FAILED)  # reports of this test, the latest first
        listeners.append(self.listen)

    def listen(self, report: Report) -> None:
        if self.test:
            self.log.add(report)
            if not report:
                self.failed.appendleft(report)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.test = nodeid
        self.failed.clear()

    def pytest_runtest_logfinish(self) -> None:
        self.test = ""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        result = yield
        raised = _raised_in_a_check(call.excinfo) if call.excinfo else None
        if raised is not None:
            self.log.add(raised)
        elif call.excinfo and isinstance(call.excinfo.value, AssertionError) and not _wants_traceback(item.config):
            _show_report(result, call.excinfo, self.failed)
        if self.log:
            setattr(result, _ATTRIBUTE, self.log.data())
            self.log.clear()
        return result

    def pytest_unconfigure(self) -> None:
        listeners.remove(self.listen)


class _Session:
    """Collects the logs of all tests, also from workers, and writes the page to `path`, if there is one."""

    def __init__(self, listener: _Listener, path: Path | None) -> None:
        self.listener, self.path = listener, path
        self.page = SessionPage()
        self.problem = ""  # the error in writing the page

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        log = vars(report).pop(_ATTRIBUTE, None)
        if log:
            self.page.add(report.nodeid, log)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.listener.log:  # the log of an interrupted test
            self.page.add(self.listener.test, self.listener.log.data())
        if self.path:
            try:
                write_file(self.path, self.page.html())
            except OSError as error:
                self.problem = str(error)
                session.exitstatus = pytest.ExitCode.INTERNAL_ERROR

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.path or self.page.tests:
            written = f"cannot write the report: {self.problem}" if self.problem else f"report: {self.path}"
            end = f"; {written}" if self.path else ""
            terminalreporter.write_line(f"gradients: {self.page.summary()}{end}")


def _writable(page: Path) -> Path:
    """Create the folder of the page and return the path of the page. Raise UsageError if it cannot be written."""
    if page.suffix.lower() not in (".html", ".htm"):
        raise pytest.UsageError(f"--gradient-report must be a file name that ends in .html, got {page.name!r}")
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        if page.is_dir():
            raise IsADirectoryError(EISDIR, os.strerror(EISDIR))
        check_writable(page)
    except OSError as error:
        raise pytest.UsageError(f"--gradient-report cannot write {page}: {error.strerror or error}") from None
    return page


class RaisedReport(Report):
    """The report of a check that raised an error instead of returning a report."""

    def __init__(self, subject: str, error: BaseException) -> None:
        self.subject, self.error = subject, error

    def __bool__(self) -> bool:
        return False

    def tables(self) -> list[Table]:
        """Return no tables."""
        return []

    def remarks(self) -> list[str]:
        """Return the type and the message of the error."""
        return [f"raised {type(self.error).__name__}: {self.error}"]


_CHECKS = {
    inspect.unwrap(check).__code__: name
    for name, check in vars(testing).items()
    if name.startswith("check_") and inspect.isfunction(check)
}


def _raised_in_a_check(excinfo: pytest.ExceptionInfo[BaseException]) -> RaisedReport | None:
    """Return a report for an error that came out of a check, named by what was checked, or None."""
    for entry in excinfo.traceback:
        name = _CHECKS.get(entry.frame.code.raw)
        if name:
            checked = next(iter(entry.frame.f_locals.values()), None)
            what = short_formula(checked) if isinstance(checked, Value) else _name_of(checked)
            return RaisedReport(f"{name} of {what}", excinfo.value)
    return None


def _name_of(checked: Any) -> str:
    return checked.name if isinstance(checked, Op) else name_of_function(checked)


def _wants_traceback(config: pytest.Config) -> bool:
    option = config.option
    return bool(option.fulltrace or option.showlocals or option.tbstyle in ("long", "native"))


def _show_report(
    result: pytest.TestReport, excinfo: pytest.ExceptionInfo[BaseException], failed: Iterable[Report]
) -> None:
    """Make the `result` of a test show the failed assertion and the report that it is about."""
    message, asserted = str(excinfo.value), _asserted(excinfo)
    candidates = [asserted, *failed] if isinstance(asserted, Report) else failed
    found = ((shown, report) for report in candidates if (shown := _shown(message, report)))
    shown, report = next(found, ("", None))
    old: Any = result.longrepr
    if report is None or not hasattr(old, "reprtraceback"):
        return
    notes = getattr(excinfo.value, "__notes__", [])  # Hypothesis adds the falsifying example
    failure = AssertionError("\n".join([shown, *notes])).with_traceback(excinfo.value.__traceback__)
    new: Any = pytest.ExceptionInfo.from_exception(failure).getrepr(style="value")
    new.reprtraceback.reprentries[0].reprfileloc = old.reprtraceback.reprentries[-1].reprfileloc
    new.reprcrash.message = _headline(shown, report)
    result.longrepr = new


def _asserted(excinfo: pytest.ExceptionInfo[BaseException]) -> Any:
    """Return the value of the variable in an assertion such as `assert report`, or None."""
    entry = excinfo.traceback[-1]
    name = re.match(r"\s*assert\s+(\w+)", str(entry.statement))
    return {**entry.frame.f_globals, **entry.frame.f_locals}.get(name[1]) if name else None


def _shown(message: str, report: Report) -> str:
    """Return the `message` of an assertion with the full `report`, or "" if the message is not about this report."""
    text = str(report)
    for line in re.finditer(r"^assert (.*)", message, re.MULTILINE):
        if _is_repr(line[1], report):
            # the user's message, as in `assert report, "the second layer"`
            own = message[: line.start()].rstrip().replace("\n  ", "\n")
            return own if text in own else f"{own}\n\n{text}".lstrip()
    return message if "\n" in text and text in message else ""


def _is_repr(shown: str, report: Report) -> bool:
    """Return True if `shown` is the repr of `report` as pytest shortens it: on one line, with its middle left out."""
    whole = repr(report).replace("\n", "\\n")
    cuts = (dots.start() for dots in re.finditer(r"(?=\.\.\.)", shown))
    return shown == whole or any(whole.startswith(shown[:cut]) and whole.endswith(shown[cut + 3 :]) for cut in cuts)


def _headline(shown: str, report: Report) -> str:
    first = shown.partition("\n")[0]
    return f"failed: {report.subject or 'derivatives'}" if str(report).startswith(first) else first
