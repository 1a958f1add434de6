"""Collect the reports of a test session and write them as one HTML page of limited size."""

from __future__ import annotations

from collections import Counter, deque
from html import escape
from typing import NamedTuple, TypedDict

from autograd.printing.webpage import html_page
from autograd.testing.checks.report import Report

MAX_REPORTS = 50  # number of passed reports to show for a test, and of failed reports
MAX_CHARACTERS = 10_000_000  # size of the tables of passed reports on the page, and of failed reports

_Entry = tuple[int, bool, str, str]  # number in the test, passed, subject, tables


class LogData(TypedDict):
    """A `ReportLog` as plain data: two counts, and [passed, subject, tables] for each report to show."""

    passed: int
    failed: int
    shown: list[tuple[bool, str, str]]


class ReportLog:
    """The reports of one test. All are counted; if tables are wanted, the latest reports are kept."""

    def __init__(self, with_tables: bool) -> None:
        self._with_tables = with_tables
        self.clear()

    def clear(self) -> None:
        """Remove all reports."""
        self._counts: Counter[bool] = Counter()
        self._kept: dict[bool, deque[_Entry]] = {is_passed: deque(maxlen=MAX_REPORTS) for is_passed in (True, False)}

    def __bool__(self) -> bool:
        return bool(self._counts)

    def add(self, report: Report) -> None:
        """Count a `report` and keep its tables."""
        is_passed = bool(report)
        self._counts[is_passed] += 1
        if self._with_tables:
            self._kept[is_passed].append((self._counts.total(), is_passed, report.subject, report._repr_html_()))

    def data(self) -> LogData:
        """Return the counts and the kept reports in their order."""
        shown = [entry[1:] for entry in sorted([*self._kept[True], *self._kept[False]])]
        return {"passed": self._counts[True], "failed": self._counts[False], "shown": shown}


class _Test(NamedTuple):
    counts: Counter[bool]
    shown: list[str]


class SessionPage:
    """The page of all reports of a session, grouped by test."""

    def __init__(self) -> None:
        self.tests: dict[str, _Test] = {}
        self._room = {True: MAX_CHARACTERS, False: MAX_CHARACTERS}

    def add(self, name: str, log: LogData) -> None:
        """Add the `log` of the test of this `name`."""
        test = self.tests.setdefault(name, _Test(Counter(), []))
        test.counts.update({True: log["passed"], False: log["failed"]})
        for is_passed, subject, tables in log["shown"]:
            self._room[is_passed] -= len(tables)
            is_full = self._room[is_passed] < 0
            content = "<p>Left out because the page is full.</p>" if is_full else tables
            test.shown.append(_details(is_passed, subject, content))

    def summary(self) -> str:
        """Return the numbers of checks, tests and failed checks in one line of text."""
        total: Counter[bool] = sum((test.counts for test in self.tests.values()), Counter())
        if not total:
            return "no derivatives were checked"
        verdict = f"{total[False]:,} failed" if total[False] else "all passed"
        return f"{_number(total.total(), 'check')} in {_number(len(self.tests), 'test')}, {verdict}"

    def html(self) -> str:
        """Return the page as a self-contained HTML document."""
        sections = "\n".join(_section(name, test) for name, test in self.tests.items())
        body = _BODY.format(summary=self.summary(), sections=sections)
        return html_page(f"Gradient report: {self.summary()}", body, _STYLE)


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _section(name: str, test: _Test) -> str:
    total = test.counts.total()
    note = f"<p>Showing {len(test.shown)} of {total:,} checks.</p>" if len(test.shown) < total else ""
    checks = "".join(test.shown)
    return f'<section class="{_kind(not test.counts[False])}"><h2>{escape(name)}</h2>{checks}{note}</section>'


def _details(is_passed: bool, subject: str, content: str) -> str:
    head = f"<summary><b>{_kind(is_passed)}</b> {escape(subject or 'derivatives')}</summary>"
    return f'<details class="{_kind(is_passed)}"{"" if is_passed else " open"}>{head}<div>{content}</div></details>'


def _kind(is_passed: bool) -> str:
    return "passed" if is_passed else "failed"


_BODY = """<h1>Checked derivatives</h1>
<p>{summary}</p>
<input type="checkbox" id="filter"> <label for="filter">show only failed checks</label>
<main>
{sections}
</main>"""

_STYLE = """body { max-width: 70rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.4rem; margin: 0; }
h2 { font-size: 1rem; margin: 0 0 0.3rem; overflow-wrap: anywhere; }
#filter { accent-color: var(--wrong); }
#filter:checked ~ main .passed { display: none; }
section { margin: 0.8rem 0; padding: 0.6rem 0.8rem; border: 1px solid var(--line); border-radius: 8px; }
section { border-left-width: 4px; content-visibility: auto; contain-intrinsic-size: auto 4rem; }
section.passed { border-left-color: var(--right); }
section.failed { border-left-color: var(--wrong); }
section p { margin: 0.4rem 0; }
summary { cursor: pointer; overflow-wrap: anywhere; }
.passed > summary b { color: var(--right); }
.failed > summary b { color: var(--wrong); }
details div { margin: 0 0 0.6rem 1rem; overflow-x: auto; }
td { font-variant-numeric: tabular-nums; }
:focus-visible { outline: 3px solid var(--wrong); outline-offset: 1px; }"""
