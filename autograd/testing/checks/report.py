"""What all reports of this package have in common: true where all is right, shown as tables, told to who listens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import TypeVar

from autograd.printing.table import Table
from autograd.terminal import plain, printed

_MOST_ROWS = 16  # of a table, so that a report fits on a screen


@printed
class Report:
    """What a check found: true where all is right, and printed as tables with what there is to say about them.

    A subclass gives `subject` (what was checked, in a line), `tables` and `remarks`; its `__bool__` says what is right.
    """

    subject: str = ""

    def __bool__(self) -> bool:
        raise NotImplementedError

    def tables(self) -> Sequence[Table]:
        """Return the tables, whose last column has the verdicts."""
        raise NotImplementedError

    def remarks(self) -> Sequence[str]:
        """Return what is to be said below them, in paragraphs of lines."""
        raise NotImplementedError

    def __str__(self) -> str:
        parts = []
        for table in self.tables():
            shown, left_out = _shortened(table)
            parts.append("\n".join(filter(None, [table.caption and f"{table.caption}:", shown.text(), left_out])))
        return "\n\n".join(filter(None, [*parts, *self.remarks()]))

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        parts = []
        for table in self.tables():
            shown, left_out = _shortened(table)
            parts += [shown.html(), escape(left_out)]
        return "".join(parts) + "".join(f"<p>{escape(text)}</p>".replace("\n", "<br>") for text in self.remarks())


def _shortened(table: Table) -> tuple[Table, str]:
    """Return the table of the most telling rows, those that are not right first, and a line on what is left out.

    Each cell is one line, and not too long a one, whatever somebody has put into a label.
    """
    heads, *body = [list(map(plain, row)) for row in table.rows]
    if len(body) <= _MOST_ROWS:
        return Table([heads, *body], table.caption), ""
    telling = sorted(range(len(body)), key=lambda i: body[i][-1] == "right")[:_MOST_ROWS]
    right = sum(row[-1] == "right" for row in body)
    left_out = f"showing {_MOST_ROWS} of {len(body):,} rows, of which {right:,} are right"
    return Table([heads, *(body[i] for i in sorted(telling))], table.caption), left_out


def complaint(report: Report) -> str:
    """Return the message of an assertion that fails with this `report`."""
    is_wrong = getattr(report, "culprit", None) or any(
        row[-1] == "wrong" for table in report.tables() for row in table.rows
    )
    return f"{'wrong derivatives' if is_wrong else 'derivatives that are not confirmed'}\n\n{report}"


_AnyReport = TypeVar("_AnyReport", bound=Report)

watchers: list[Callable[[Report], object]] = []  # who is told of every report, as a test run that collects them


def told(report: _AnyReport) -> _AnyReport:
    """Return the `report`, after all `watchers` were told of it."""
    for watch in watchers:
        watch(report)
    return report
