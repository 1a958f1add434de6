"""What `check_gradients` found: marks with verdicts, in a report."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from autograd.backpropagation import topological
from autograd.graph import name_of
from autograd.printing.formulas import Names
from autograd.printing.table import Table
from autograd.printing.text import Text
from autograd.terminal import printed
from autograd.testing.checks.report import Report
from autograd.testing.checks.slips import relative_error
from autograd.testing.reference.oracle import WrongPartial, varied_inputs
from autograd.value import Value

OUTSIDE = "outside the domain"
_TRUE = ("right", "rounding", "convention")


@printed
class Checked(NamedTuple):
    """One derivative: by the input called `name`, as `backward` has it, and as the `reference` has it.

    `GradientReport` lists the verdicts.
    """

    name: str
    value: float
    backward: float
    reference: float
    verdict: str

    @property
    def error(self) -> float:
        """The relative error."""
        return relative_error(self.backward, self.reference)


class GradientReport(Report):
    """What `check_gradients` found: true where all derivatives are right, and printed as a table.

    `marks` are the first derivatives by each input, `second` the second ones along a direction; `culprit` is the first
    wrong local derivative on the way back, or None; `note` says what else is wrong, and `hints` what is to be known.

    The verdicts on a derivative; the first three count as right:

    - "right": equal to the reference, which includes equal infinities; at a kink, the convention of the operation.
    - "rounding": every operation is right, but numbers on the way cancel each other, so that rounding errors show.
    - "convention": the value jumps here, so there is no derivative; this is what the operation documents instead.
    - "wrong": another number than the reference. The report names the operation.
    - "jump": the value jumps here: there is no derivative, and the operation documents none.
    - "outside the domain": the function is nan here. The report names the node.
    - "undefined": backward gives nan, though the value is a number: it multiplies 0 by infinity, for example.
    - "overflow": numbers on the way are too large for a float.
    - "unsure": the reference is uncertain, because the value of an operation takes only floats.

    Second derivatives leave the report true where the verdict is "overflow" or "unsure"; a hint says so.
    """

    def __init__(
        self,
        subject: str,
        marks: list[Checked],
        second: list[Checked],
        culprit: WrongPartial | None,
        note: str = "",
        hints: Sequence[str] = (),
    ) -> None:
        self.subject, self.marks, self.second = subject, marks, second
        self.culprit, self.note, self.hints = culprit, note, hints

    def __bool__(self) -> bool:
        first = all(mark.verdict in _TRUE for mark in self.marks)
        second = all(mark.verdict in (*_TRUE, "overflow", "unsure") for mark in self.second)
        return first and second and not self.culprit and not self.note

    def tables(self) -> list[Table]:
        """Return the table of the first and that of the second derivatives."""
        second = [_table("second order, along a direction", "hessian", self.second)] if self.second else []
        return [_table("", "backward", self.marks), *second]

    def remarks(self) -> list[str]:
        """Return what else is wrong, and the first wrong local derivative."""
        return [self.note, accusation(self.culprit), *self.hints]


def accusation(culprit: WrongPartial | None) -> str:
    """Name the operation whose local derivative is wrong, and where."""
    if culprit is None:
        return ""
    node, place, given, wanted = culprit
    if place < 0:
        along = " along a direction" if len(varied_inputs(node)) > 1 else ""
        return f"the second derivative of {at(node)} is wrong: {given!r}{along}, instead of {wanted!r}"
    return (
        f"the first wrong local derivative: {at(node)}: its rule gives {given!r} by input {place}, "
        f"where the slope of its value is {wanted!r}"
    )


def outside_hint(nan: Value) -> str:
    """Say that a function is nan, and that `nan` is the first node that is."""
    return f"{OUTSIDE}: the function is nan here; the first node that is nan: {name_of(nan)}"


def undefined_hint(nodes: Sequence[Value]) -> str:
    """Say that a derivative is nan, and which of the `nodes` is the first whose local derivatives are not finite."""
    steep = (node for node in nodes if not all(map(math.isfinite, node.partials)))
    named = next((f"; the first local derivative that is not finite: {at(node)}" for node in steep), "")
    return f"undefined: backward gives nan, though the value is a number{named}"


def at(node: Value) -> str:
    """Name an operation and where it was computed: 'tanh at x0 = 0.5'."""
    names = Names(topological([node]))
    inputs = [
        f"{names.write(x, Text).code} = {x.data if isinstance(x, Value) else float(x)!r}" for x in node.inputs[:4]
    ]
    return f"{node.op.name if node.op else ''} at {', '.join(inputs)}"


def _table(caption: str, what: str, marks: Sequence[Checked]) -> Table:
    heads = ["input", "value", what, "reference", "relative error", "verdict"]
    rows = [[m.name, f"{m.value:.6g}", repr(m.backward), repr(m.reference), f"{m.error:.2g}", m.verdict] for m in marks]
    return Table([heads, *rows], caption)
