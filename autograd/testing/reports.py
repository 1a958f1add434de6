"""What all reports of this package have in common: true where all is right, shown as tables, told to who listens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import NamedTuple, TypeVar

from autograd.terminal import plain, printed
from autograd.writing.table import html_table, text_table

_MOST_ROWS = 16  # of a table, so that a report fits on a screen


@printed
class Table(NamedTuple):
    """A table of a report: its `rows`, the heads first and a verdict at the end of each, under a `caption`."""

    caption: str
    rows: list[list[str]]


@printed
class Report:
    """What a check found: true where all is right, and printed as tables with what there is to say about them.

    A subclass gives `subject` (what was checked, in a line), `tables` and `remarks`; its `__bool__` says what is right.
    """

    subject: str = ""

    def __bool__(self) -> bool:
        raise NotImplementedError

    def tables(self) -> Sequence[Table]:
        """Return the tables, as text."""
        raise NotImplementedError

    def remarks(self) -> Sequence[str]:
        """Return what is to be said below them, in paragraphs of lines."""
        raise NotImplementedError

    def __str__(self) -> str:
        parts = []
        for caption, rows in self.tables():
            shown, left_out = _shortened(rows)
            parts.append("\n".join(filter(None, [caption and f"{caption}:", text_table(shown), left_out])))
        return "\n\n".join(filter(None, [*parts, *self.remarks()]))

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        parts = []
        for caption, rows in self.tables():
            shown, left_out = _shortened(rows)
            parts += [html_table([[escape(cell) for cell in row] for row in shown], escape(caption)), escape(left_out)]
        return "".join(parts) + "".join(f"<p>{escape(text)}</p>".replace("\n", "<br>") for text in self.remarks())


def _shortened(rows: list[list[str]]) -> tuple[list[list[str]], str]:
    """Return the heads and the most telling rows, those that are not right first, and a line on what is left out.

    Each cell is one line, and not too long a one, whatever somebody has put into a label.
    """
    heads, *body = [list(map(plain, row)) for row in rows]
    if len(body) <= _MOST_ROWS:
        return [heads, *body], ""
    telling = sorted(range(len(body)), key=lambda i: body[i][-1] == "right")[:_MOST_ROWS]
    right = sum(row[-1] == "right" for row in body)
    left_out = f"showing {_MOST_ROWS} of {len(body):,} rows, of which {right:,} are right"
    return [heads, *(body[i] for i in sorted(telling))], left_out


def complaint(report: Report) -> str:
    """Return the message of an assertion that fails with this `report`."""
    is_wrong = getattr(report, "culprit", None) or any(
        row[-1] == "wrong" for _, rows in report.tables() for row in rows
    )
    return f"{'wrong derivatives' if is_wrong else 'derivatives that are not confirmed'}\n\n{report}"


_AnyReport = TypeVar("_AnyReport", bound=Report)

watchers: list[Callable[[Report], object]] = []  # who is told of every report, as a test run that collects them


def told(report: _AnyReport) -> _AnyReport:
    """Return the `report`, after all `watchers` were told of it."""
    for watch in watchers:
        watch(report)
    return report
