"""The base class of all reports, and the listeners that receive every report."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape
from typing import TypeVar

from autograd.backpropagation import topological
from autograd.printing.formulas import formula
from autograd.printing.table import Table
from autograd.terminal import plain, printed
from autograd.value import Value

MAX_FORMULA = 60  # number of characters of a formula in a subject
_MAX_ROWS = 16  # rows of a table, so that a report fits on a screen


@printed
class Report:
    """The result of a check: true if everything is right; prints as tables and remarks.

    A subclass defines `subject` (one line that names what was checked), `tables`, `remarks` and `__bool__`.
    """

    subject: str = ""

    def __bool__(self) -> bool:
        raise NotImplementedError

    def tables(self) -> Sequence[Table]:
        """Return the tables; their last column holds the verdicts."""
        raise NotImplementedError

    def remarks(self) -> Sequence[str]:
        """Return the paragraphs below the tables."""
        raise NotImplementedError

    def __str__(self) -> str:
        parts = []
        for table in self.tables():
            shown, left_out = _shortened(table)
            parts.append("\n".join(filter(None, [table.caption and f"{table.caption}:", shown.text(), left_out])))
        return "\n\n".join(filter(None, [*parts, *self.remarks()]))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        parts = []
        for table in self.tables():
            shown, left_out = _shortened(table)
            parts += [shown.html(), escape(left_out)]
        return "".join(parts) + "".join(f"<p>{escape(text)}</p>".replace("\n", "<br>") for text in self.remarks())


def _shortened(table: Table) -> tuple[Table, str]:
    """Return the table with at most 16 rows, faults first, and a line that says how many rows are left out.

    Each cell is reduced to one short line.
    """
    heads, *body = [list(map(plain, row)) for row in table.rows]
    if len(body) <= _MAX_ROWS:
        return Table([heads, *body], table.caption), ""
    chosen = sorted(range(len(body)), key=lambda i: body[i][-1] == "right")[:_MAX_ROWS]
    right = sum(row[-1] == "right" for row in body)
    left_out = f"showing {_MAX_ROWS} of {len(body):,} rows; {right:,} rows are right"
    return Table([heads, *(body[i] for i in sorted(chosen))], table.caption), left_out


def relative_error(given: float, wanted: float) -> float:
    """Return abs(given - wanted) / abs(wanted), or inf if only `wanted` is 0."""
    if given == wanted:
        return 0.0
    return abs(given - wanted) / abs(wanted) if wanted else math.inf


def assert_right(report: Report) -> None:
    """Raise an AssertionError that shows the `report`, unless the report is true."""
    __tracebackhide__ = True
    if not report:
        rows = (row for table in report.tables() for row in table.rows)
        is_wrong = getattr(report, "culprit", None) or any(row[-1] == "wrong" for row in rows)
        raise AssertionError(f"{'wrong' if is_wrong else 'unconfirmed'} derivatives\n\n{report}")


_AnyReport = TypeVar("_AnyReport", bound=Report)

listeners: list[Callable[[Report], object]] = []  # called with every report, for example by the pytest plugin


def publish(report: _AnyReport) -> _AnyReport:
    """Call all `listeners` with the `report`, and return it."""
    for listener in listeners:
        listener(report)
    return report


def short_formula(root: Value) -> str:
    """Write the formula of a node in one short line, or the number of its nodes if it is too long for a formula."""
    try:
        return plain(str(formula(root)), MAX_FORMULA)
    except ValueError:
        return f"a graph of {len(topological([root])):,} nodes"
