"""`exercise`: make a worksheet that asks for gradients, with its solution, and mark the answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import Any

from autograd.backpropagation import propagate, topological
from autograd.graph import check_node, first_nonfinite, name_of
from autograd.printing.formulas import Names
from autograd.printing.notation import Written
from autograd.terminal import plain
from autograd.testing.by_hand.marking import Answer, HandReport, Mark, check_by_hand
from autograd.testing.by_hand.worksheet import Format, Worksheet
from autograd.testing.checks.common_mistakes import Contribution
from autograd.value import Value

MAX_NODES = 60  # number of nodes that fit on a sheet of paper


class SheetReport(HandReport):
    """The marks of a worksheet: true if all gradients are given and right. `missing` lists the names left blank."""

    def __init__(self, marks: list[Mark], missing: Sequence[str]) -> None:
        super().__init__(marks)
        self.missing = list(missing)

    def __bool__(self) -> bool:
        return not self.missing and super().__bool__()

    def remarks(self) -> list[str]:
        """Return the explanation of the first mistake, the hints, and the names that are missing."""
        missing = f"missing: {', '.join(map(plain, self.missing))}" if self.missing else ""
        return [*super().remarks(), missing]


class Exercise(Worksheet):
    """A worksheet that asks for the gradients of `loss`.

    `key` is a dict of the right gradients by name, in backward order. `solution` is a worksheet that shows each step,
    and `mark` marks answers.
    """

    def __init__(self, loss: Value, digits: int) -> None:
        self.loss, self.digits = loss, digits
        self.nodes = topological([loss])
        self.names = Names(self.nodes)
        _check_size(self.nodes)
        self.gradients = {node: g + 0.0 for node, g in propagate(self.nodes, {loss: 1.0})}  # + 0.0 turns -0.0 into 0.0
        _check_numbers(loss, self.gradients)
        self.key = {self.names[node]: gradient for node, gradient in self.gradients.items()}

    @cached_property
    def solution(self) -> Solution:
        """The solution: each gradient with the local derivatives and the sums that lead to it."""
        return Solution(self)

    def mark(self, gradients: Mapping[Any, Answer | None]) -> SheetReport:
        """Mark `gradients` as `check_by_hand` does; a gradient that is left out or None counts as missing."""
        given = {key: answer for key, answer in gradients.items() if answer is not None}
        marks = check_by_hand(self.loss, given).marks
        done = {mark.label for mark in marks}
        return SheetReport(marks, [name for name in self.key if name not in done])

    def save(self, path: str | Path, *, key: bool = False) -> Path:
        """Write the worksheet, or its solution if `key` is true, to a file whose name ends in .txt, .md or .html."""
        return self.solution.save(path) if key else super().save(path)

    def parts(self, fmt: Format) -> list[str]:
        """Return the heading, the sentences and the table in the format `fmt`."""
        loss, *_ = asked = [fmt.math(self.name(node, fmt)) for node in self.gradients]
        leaves = [node for node in self.nodes if node.op is None]
        given = [fmt.equal(self.name(node, fmt), self.number(node.data, fmt).code) for node in leaves]
        order = ", ".join(asked)
        rows = [["node", "formula", "value", "gradient"], *(self._row(node, fmt) for node in self.nodes)]
        return [
            fmt.heading(f"Gradients of {loss}"),
            fmt.sentence(f"Given: {', '.join(given)}."),
            fmt.sentence(
                f"Work backward: fill in the gradient of {loss} with respect to each node, in the order {order}."
            ),
            fmt.table(rows),
        ]

    def _row(self, node: Value, fmt: Format) -> list[str]:
        formula = fmt.math(self.names.definition(node, fmt.writing)) if node.op else "given"
        gradient = fmt.math(fmt.writing.equal(self.gradient(node, fmt), ""))
        blank = type(fmt.blank)(gradient + fmt.blank)
        return [fmt.math(self.name(node, fmt)), formula, fmt.math(self.number(node.data, fmt).code), blank]

    def picture(self) -> str:
        """Return the picture of the graph as HTML, without gradients."""
        return self.drawn()

    def drawn(self, *, gradients: bool = False) -> str:
        """Draw the graph as SVG, or as a tree of text if it cannot be laid out."""
        from autograd.drawing.drawn_graph import draw
        from autograd.drawing.svg import to_figure

        graph = draw(self.loss, show=["data"], digits=self.digits)
        for box in graph.picture.boxes if gradients else []:
            box.set_numbers("grad", self.gradients.__getitem__)
        return to_figure(graph.picture)

    def name(self, node: Value, fmt: Format) -> str:
        """Write the name of a node."""
        return self.names.write(node, fmt.writing).code

    def gradient(self, node: Value, fmt: Format) -> Written:
        """Write the derivative of the loss with respect to `node`."""
        return fmt.writing.derivative(self.names.write(self.loss, fmt.writing), self.names.write(node, fmt.writing))

    def number(self, x: float, fmt: Format) -> Written:
        """Write a number with the digits of this worksheet."""
        return fmt.writing.number(x, self.digits)


class Solution(Worksheet):
    """The solution of an `exercise`: the contributions to each gradient, and their sum."""

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise

    def parts(self, fmt: Format) -> list[str]:
        """Return the heading, a sentence and the table in the format `fmt`."""
        sheet = self.exercise
        heads = ["node", "used by", "local derivative", "contribution", "gradient"]
        formulas = {node: sheet.names.partials(node, fmt.writing) for node in sheet.nodes}
        rows = [row for node, found in self._contributions().items() for row in self._rows(node, found, formulas, fmt)]
        rule = "Each node that uses a value contributes its own gradient times its local derivative."
        return [
            fmt.heading(f"Gradients of {fmt.math(sheet.name(sheet.loss, fmt))}: solution"),
            fmt.sentence(f"{rule} The gradient is the sum of the contributions."),
            fmt.table([heads, *rows]),
        ]

    def picture(self) -> str:
        """Return the picture of the graph as HTML, with the gradients."""
        return self.exercise.drawn(gradients=True)

    def _contributions(self) -> dict[Value, list[Contribution]]:
        """Return the contributions to each node, in backward order."""
        gradients = self.exercise.gradients
        contributions: dict[Value, list[Contribution]] = {node: [] for node in gradients}
        for consumer, gradient in gradients.items():
            for place, x in enumerate(consumer.inputs):
                if isinstance(x, Value):
                    contributions[x].append(Contribution(consumer, place, gradient))
        return contributions

    def _rows(
        self,
        node: Value,
        contributions: Sequence[Contribution],
        formulas: Mapping[Value, Sequence[Written]],
        fmt: Format,
    ) -> list[list[str]]:
        sheet = self.exercise
        cells = [self._cells(c, formulas[c.consumer][c.place], fmt) for c in contributions]
        rows = [["", *row, ""] for row in cells] or [[""] * 5]
        terms = [sheet.number(c.value, fmt) for c in contributions]
        pieces = [fmt.writing.total(terms)] * (len(terms) > 1) + [sheet.number(sheet.gradients[node], fmt)]
        rows[0][0], rows[-1][-1] = fmt.math(sheet.name(node, fmt)), fmt.equal(sheet.gradient(node, fmt), *pieces)
        return rows

    def _cells(self, c: Contribution, formula: Written, fmt: Format) -> list[str]:
        sheet = self.exercise
        cotangent, partial, product = (sheet.number(x, fmt) for x in (c.cotangent, c.partial, c.value))
        x = c.consumer.inputs[c.place]
        ends = [sheet.names.write(node, fmt.writing) for node in (c.consumer, x)]
        is_single = c.consumer.inputs.count(x) == 1  # otherwise ∂y/∂x is the sum of two or more
        local = [fmt.writing.partial(*ends)] if is_single else []
        return [
            fmt.math(sheet.name(c.consumer, fmt)),
            fmt.equal(*local, formula, partial),
            fmt.equal(fmt.writing.product([cotangent, partial]), product),
        ]


def exercise(loss: Value, *, digits: int = 6) -> Exercise:
    """Make a worksheet that asks for the gradient of `loss` with respect to each node of its graph.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> L = (a * b + a) ** 2
    >>> L.label = "L"
    >>> sheet = exercise(L)
    >>> print(sheet)
    Gradients of L
    ==============
    <BLANKLINE>
    Given: a = 2, b = -3.
    <BLANKLINE>
    Work backward: fill in the gradient of L with respect to each node, in the order L, v2, v1, b, a.
    <BLANKLINE>
    node  formula  value  gradient
    ----  -------  -----  ---------------
    a     given    2      dL/da = ______
    b     given    -3     dL/db = ______
    v1    a·b      -6     dL/dv1 = ______
    v2    v1 + a   -4     dL/dv2 = ______
    L     v2²      16     dL/dL = ______
    >>> sheet.key
    {'L': 1.0, 'v2': -8.0, 'v1': -8.0, 'b': -16.0, 'a': 16.0}
    >>> bool(sheet.mark({"L": 1, "v2": -8, "v1": -8, "b": -16, "a": 16}))
    True

    Numbers are shown with the given number of significant `digits`. `sheet.markdown` and `sheet.html` return the
    worksheet in these formats; the HTML page includes a picture of the graph. `sheet.save("sheet.html")` writes the
    worksheet, and `sheet.save("key.html", key=True)` its solution. Raise ValueError if the graph has more than 60 nodes
    or numbers that are not finite.
    """
    check_node(loss, "loss")
    if isinstance(digits, bool) or not isinstance(digits, int) or not 1 <= digits <= 17:
        raise ValueError(f"digits must be an integer from 1 to 17, got {digits!r}")
    return Exercise(loss, digits)


def _check_size(nodes: Sequence[Value]) -> None:
    if len(nodes) > MAX_NODES:
        raise ValueError(
            f"an exercise must have at most {MAX_NODES} nodes, got {len(nodes):,}. Use a part of the graph, "
            "exercise(node), or fewer samples; explore(loss) asks for gradients, too"
        )


def _check_numbers(loss: Value, gradients: Mapping[Value, float]) -> None:
    culprit = first_nonfinite(loss)
    if culprit is not None:
        raise ValueError(f"the values of an exercise must be finite, got {name_of(culprit)}")
    for node, gradient in gradients.items():
        if not isfinite(gradient):
            raise ValueError(f"the gradients of an exercise must be finite, got {gradient} for {name_of(node)}")
