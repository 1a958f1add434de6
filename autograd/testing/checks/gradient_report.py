"""The report of `check_gradients`, and the remarks that it shares with other reports."""

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
from autograd.testing.checks.report import Report, relative_error
from autograd.testing.inputs import input_values, varied_inputs
from autograd.testing.reference.oracle import WrongPartial
from autograd.value import Value

OUTSIDE_DOMAIN = "outside the domain"
NO_DERIVATIVE = "the value jumps here, so there is no derivative"
_RIGHT = ("right", "rounding", "convention")


@printed
class Checked(NamedTuple):
    """One checked derivative, with respect to the input `name`: from `backward` and from the `reference`.

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
    """The report of `check_gradients`: true if all derivatives are right; prints as a table.

    `marks` lists the first derivatives, one for each input, `second` the second derivatives along a direction.
    `culprit` is the first wrong local derivative in backward order, or None. `note` describes any other fault; `hints`
    are further remarks.

    These are the verdicts; the first three count as right:

    - "right": equal to the reference, which includes equal infinities; at a kink, the operation's convention.
    - "rounding": all operations are right, but intermediate values cancel, so rounding errors show.
    - "convention": the value jumps here, so there is no derivative; the operation's documented convention is used.
    - "wrong": different from the reference. The report names the operation.
    - "jump": the value jumps here, so there is no derivative, and the operation documents no convention.
    - "outside the domain": the function is nan here. The report names the node.
    - "undefined": backward gives nan although the value is a number, for example because it multiplies 0 by infinity.
    - "overflow": intermediate values are too large for a float.
    - "unsure": the reference is inconclusive, because the value of an operation accepts only floats.

    A second derivative with the verdict "overflow" or "unsure" does not make the report false; a hint mentions it.
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
        first = all(mark.verdict in _RIGHT for mark in self.marks)
        second = all(mark.verdict in (*_RIGHT, "overflow", "unsure") for mark in self.second)
        return first and second and not self.culprit and not self.note

    def tables(self) -> list[Table]:
        """Return the table of first derivatives and, if they were checked, that of second derivatives."""
        second = [_table("second order, along a direction", "hessian", self.second)] if self.second else []
        return [_table("", "backward", self.marks), *second]

    def remarks(self) -> list[str]:
        """Return the note, the first wrong local derivative and the hints."""
        return [self.note, describe_culprit(self.culprit), *self.hints]


def describe_culprit(culprit: WrongPartial | None) -> str:
    """Return a sentence on the operation whose derivative is wrong, or "" for None."""
    if culprit is None:
        return ""
    node, place, given, wanted = culprit
    if place < 0:
        along = " along a direction" if len(varied_inputs(node)) > 1 else ""
        return f"the second derivative of {describe(node)} is wrong: got {given!r}{along}, expected {wanted!r}"
    return (
        f"the first wrong local derivative is that of {describe(node)}: "
        f"its rule gives {given!r} for input {place}, but the slope of its value is {wanted!r}"
    )


def outside_hint(nan: Value) -> str:
    """Return the hint that a function is nan, first at the node `nan`."""
    return f"{OUTSIDE_DOMAIN}: the function is nan here; the first nan is {name_of(nan)}"


def undefined_hint(nodes: Sequence[Value]) -> str:
    """Return the hint that a derivative is nan, which names the first node with an infinite or nan local derivative."""
    steep = (node for node in nodes if not all(map(math.isfinite, node.partials)))
    named = next((f"; the first infinite or nan local derivative is that of {describe(node)}" for node in steep), "")
    return f"undefined: backward gives nan although the value is a number{named}"


def describe(node: Value) -> str:
    """Describe the operation of `node` with its inputs: 'tanh at x0 = 0.5'."""
    names = Names(topological([node]))
    inputs = [f"{names.write(x, Text).code} = {value!r}" for x, value in zip(node.inputs[:4], input_values(node))]
    return f"{node.op.name if node.op else ''} at {', '.join(inputs)}"


def _table(caption: str, source: str, marks: Sequence[Checked]) -> Table:
    heads = ["input", "value", source, "reference", "relative error", "verdict"]
    rows = [[m.name, f"{m.value:.6g}", repr(m.backward), repr(m.reference), f"{m.error:.2g}", m.verdict] for m in marks]
    return Table([heads, *rows], caption)
