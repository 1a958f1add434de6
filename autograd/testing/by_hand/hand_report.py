"""`HandReport` and its `Mark`s: the result of marking gradients that were worked out by hand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from autograd.printing.table import Table
from autograd.terminal import printed
from autograd.testing.checks.report import Report, relative_error


@printed
@dataclass(frozen=True)
class Mark:
    """The mark of one gradient. `HandReport` lists the verdicts.

    `slip` is the likeliest mistake that leads to this number, or None; `other_slips` are less likely ones. `array` is
    the name of the array that the gradient is an entry of, or "".
    """

    label: str
    by_hand: float
    true: float
    verdict: str
    slip: str | None = None
    explanation: str = field(default="", repr=False)
    other_slips: tuple[str, ...] = field(default=(), repr=False)
    array: str = field(default="", repr=False)

    @property
    def error(self) -> float:
        """The relative error."""
        return relative_error(self.by_hand, self.true)

    def but(
        self, verdict: str, *, slip: str | None = None, explanation: str = "", other_slips: Sequence[str] = ()
    ) -> Mark:
        """Return this mark with another verdict."""
        return replace(self, verdict=verdict, slip=slip, explanation=explanation, other_slips=tuple(other_slips))


class HandReport(Report):
    """The report of `check_by_hand`: true if all `marks` are right; prints as a table in backward order.

    These are the verdicts on a gradient; only the first counts as right:

    - "right": equal to the gradient, as far as rounding allows.
    - "wrong": a different number. The report explains the first one.
    - "follows": wrong only because an earlier gradient is wrong.
    - "outside the domain": the loss is nan here. The report names the node.
    - "undefined": the gradient is nan, because a value is infinite, or 0 is multiplied by infinity.

    `verdicts` is a dict of the verdicts on whole arrays and single gradients, by name. The table shows the entries of
    an array that are not right. `hints` are further remarks.
    """

    def __init__(
        self,
        marks: list[Mark],
        hints: Sequence[str] = (),
        shapes: Mapping[str, tuple[int, ...]] | None = None,
        subject: str = "gradients by hand",
    ) -> None:
        self.marks, self.hints, self._shapes, self.subject = marks, hints, shapes or {}, subject

    @property
    def first(self) -> Mark | None:
        """The mark of the first mistake, or None."""
        return next((mark for mark in self.marks if mark.verdict == "wrong"), None)

    @property
    def verdicts(self) -> dict[str, str]:
        """The verdict on each array and on each gradient that is not in an array, by name."""
        return {name: _joint_verdict(marks) for name, marks in self._groups().items()}

    def __bool__(self) -> bool:
        return all(mark.verdict == "right" for mark in self.marks)

    def tables(self) -> list[Table]:
        """Return the table of the marks."""
        rows = [["node", "by hand", "true", "relative error", "verdict"]]
        for name, marks in self._groups().items():
            if marks[0].array:
                rows.append(self._array_row(name, marks))
            shown = [mark for mark in marks if not (mark.array and mark.verdict == "right")]
            shown.sort(key=lambda mark: _index(mark.label) if mark.array else ())
            rows += [[m.label, f"{m.by_hand:.6g}", f"{m.true:.6g}", f"{m.error:.2g}", m.verdict] for m in shown]
        return [Table(rows)]

    def remarks(self) -> list[str]:
        """Return the explanation of the first mistake, and the hints."""
        return [*([self.first.explanation] if self.first else []), *self.hints]

    def _groups(self) -> dict[str, list[Mark]]:
        """Return the marks of each array and each single gradient, in backward order."""
        groups: dict[str, list[Mark]] = {}
        for mark in self.marks:
            groups.setdefault(mark.array or mark.label, []).append(mark)
        return groups

    def _array_row(self, name: str, marks: Sequence[Mark]) -> list[str]:
        shape = "×".join(map(str, self._shapes.get(name, (len(marks),))))
        return [name, shape, shape, f"{max(mark.error for mark in marks):.2g}", _joint_verdict(marks)]


def _index(label: str) -> tuple[int, ...]:
    """Return the index in the name of an entry, such as W[0,1]."""
    return tuple(map(int, re.findall(r"\d+", label.rpartition("[")[2])))


def _joint_verdict(marks: Iterable[Mark]) -> str:
    """Return "right" if all `marks` are, otherwise "wrong" if one is, otherwise the first other verdict."""
    verdicts = [mark.verdict for mark in marks if mark.verdict != "right"]
    return "wrong" if "wrong" in verdicts else verdicts[0] if verdicts else "right"
