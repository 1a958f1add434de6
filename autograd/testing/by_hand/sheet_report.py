"""`SheetReport`: the marks of a worksheet, with points and, for homework, hints in place of answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from autograd.printing.table import Table
from autograd.terminal import plain
from autograd.testing.by_hand.hand_report import HandReport

CREDITED = ("right", "follows")  # the verdicts that earn a point


class SheetReport(HandReport):
    """The marks of a worksheet: true if all gradients are given and right. `missing` lists the names left blank.

    If `hint` is given, the report shows its text for the first mistake, and neither the true gradients nor the errors.
    """

    def __init__(
        self, report: HandReport, missing: Sequence[str] = (), hint: Callable[[str], str] | None = None
    ) -> None:
        super().__init__(report.marks, report.hints, subject=report.subject)
        self.missing, self.hint = list(missing), hint

    def __bool__(self) -> bool:
        return not self.missing and super().__bool__()

    def points(self, *, trivial: bool = True) -> int:
        """Count the gradients that are right or follow from an earlier mistake.

        An early 0 makes all gradients behind it 0. With `trivial=False`, such a 0 earns no point.
        """
        return sum(
            mark.verdict in CREDITED and (trivial or mark.verdict == "right" or bool(mark.by_hand))
            for mark in self.marks
        )

    def tables(self) -> list[Table]:
        """Return the table of the marks."""
        if self.hint is None:
            return list(super().tables())
        rows = [[mark.label, f"{mark.by_hand:.6g}", mark.verdict] for mark in self.marks]
        return [Table([["node", "by hand", "verdict"], *rows])]

    def remarks(self) -> list[str]:
        """Return the explanation of the first mistake or its hint, further remarks, and the names that are missing."""
        missing = f"missing: {', '.join(map(plain, self.missing))}" if self.missing else ""
        if self.hint is None:
            return [*super().remarks(), missing]
        return [*([self.hint(self.first.label)] if self.first else []), *self.hints, missing]
