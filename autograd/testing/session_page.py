"""What the tests of a session checked, as one page: kept as text, and no more of it than a browser likes to open."""

from __future__ import annotations

from collections import Counter, deque
from html import escape
from typing import NamedTuple, TypedDict

from autograd.printing.webpage import html_page
from autograd.testing.checks.report import Report

_MOST = 50  # reports of one test that are shown: so many that are right, and so many that are not
_ROOM = 10_000_000  # characters of tables on the page, likewise

_Entry = tuple[int, bool, str, str]  # its number among those of its test, right, subject, tables


class Sent(TypedDict):
    """What a test checked, as plain data: two numbers, and [right, subject, tables] of each report to show."""

    right: int
    wrong: int
    shown: list[tuple[bool, str, str]]


class Tally:
    """The reports of one test: all are counted, and the last of them kept, if somebody wants their tables."""

    def __init__(self, with_tables: bool) -> None:
        self._with_tables = with_tables
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        self._counts: Counter[bool] = Counter()
        self._kept: dict[bool, deque[_Entry]] = {True: deque(maxlen=_MOST), False: deque(maxlen=_MOST)}

    def __bool__(self) -> bool:
        return bool(self._counts)

    def add(self, report: Report) -> None:
        """Count a `report`, and keep its text."""
        is_right = bool(report)
        self._counts[is_right] += 1
        if self._with_tables:
            self._kept[is_right].append((self._counts.total(), is_right, report.subject, report._repr_html_()))

    def sent(self) -> Sent:
        """Return all that, the reports in order."""
        shown = [entry[1:] for entry in sorted([*self._kept[True], *self._kept[False]])]
        return {"right": self._counts[True], "wrong": self._counts[False], "shown": shown}


class _Test(NamedTuple):
    counts: Counter[bool]
    shown: list[str]


class Collected:
    """What the tests of a session checked, by the name of the test."""

    def __init__(self) -> None:
        self.tests: dict[str, _Test] = {}
        self._room = {True: _ROOM, False: _ROOM}

    def add(self, name: str, sent: Sent) -> None:
        """Add what was `sent` by the test of this `name`."""
        test = self.tests.setdefault(name, _Test(Counter(), []))
        test.counts.update({True: sent["right"], False: sent["wrong"]})
        for is_right, subject, tables in sent["shown"]:
            self._room[is_right] -= len(tables)
            full = self._room[is_right] < 0
            test.shown.append(_details(is_right, subject, "<p>Left out: the page is full.</p>" if full else tables))

    def summary(self) -> str:
        """Return how many checks there were, and how many of them were not right."""
        total: Counter[bool] = sum((test.counts for test in self.tests.values()), Counter())
        if not total:
            return "no derivatives were checked"
        verdict = f"{total[False]:,} not right" if total[False] else "all right"
        return f"{_number(total.total(), 'check')} in {_number(len(self.tests), 'test')}, {verdict}"

    def page(self) -> str:
        """Return the page: one HTML document that asks nothing of any other place."""
        sections = "\n".join(_section(name, test) for name, test in self.tests.items())
        body = _BODY.format(summary=self.summary(), sections=sections)
        return html_page(f"Derivatives: {self.summary()}", body, _STYLE)


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _section(name: str, test: _Test) -> str:
    total = test.counts.total()
    note = f"<p>Showing {len(test.shown)} of {total:,} checks.</p>" if len(test.shown) < total else ""
    checks = "".join(test.shown)
    return f'<section class="{_kind(not test.counts[False])}"><h2>{escape(name)}</h2>{checks}{note}</section>'


def _details(is_right: bool, subject: str, tables: str) -> str:
    verdict = "right" if is_right else "not right"
    head = f"<summary><b>{verdict}</b> {escape(subject or 'derivatives')}</summary>"
    return f'<details class="{_kind(is_right)}"{"" if is_right else " open"}>{head}<div>{tables}</div></details>'


def _kind(is_right: bool) -> str:
    return "right" if is_right else "wrong"


_BODY = """<h1>Derivatives that were checked</h1>
<p>{summary}</p>
<input type="checkbox" id="filter"> <label for="filter">only what is not right</label>
<main>
{sections}
</main>"""

_STYLE = """body { max-width: 70rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.4rem; margin: 0; }
h2 { font-size: 1rem; margin: 0 0 0.3rem; overflow-wrap: anywhere; }
#filter { accent-color: var(--wrong); }
#filter:checked ~ main .right { display: none; }
section { margin: 0.8rem 0; padding: 0.6rem 0.8rem; border: 1px solid var(--line); border-radius: 8px; }
section { border-left-width: 4px; content-visibility: auto; contain-intrinsic-size: auto 4rem; }
section.right { border-left-color: var(--right); }
section.wrong { border-left-color: var(--wrong); }
section p { margin: 0.4rem 0; }
summary { cursor: pointer; overflow-wrap: anywhere; }
.right > summary b { color: var(--right); }
.wrong > summary b { color: var(--wrong); }
details div { margin: 0 0 0.6rem 1rem; overflow-x: auto; }
td { font-variant-numeric: tabular-nums; }
:focus-visible { outline: 3px solid var(--wrong); outline-offset: 1px; }"""
