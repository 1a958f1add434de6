"""`exercise`: a sheet on which to work out gradients by hand, with its key, its solution and its marks."""

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
from autograd.testing.by_hand.sheet import Form, Sheet
from autograd.testing.checks.slips import Arrival
from autograd.value import Value

_MOST_NODES = 60


class SheetReport(HandReport):
    """The marks of a sheet, true where all gradients are there and right. `missing` are the names left blank."""

    def __init__(self, marks: list[Mark], missing: Sequence[str]) -> None:
        super().__init__(marks)
        self.missing = list(missing)

    def __bool__(self) -> bool:
        return not self.missing and super().__bool__()

    def remarks(self) -> list[str]:
        """Return the explanation of the first mistake, and what is missing."""
        missing = f"missing: {', '.join(map(plain, self.missing))}" if self.missing else ""
        return [*super().remarks(), missing]


class Exercise(Sheet):
    """A sheet that asks for the gradients of `loss`. `key` has them by name, in backward order.

    `solution` is the sheet that tells how they come about; `mark` marks answers.
    """

    def __init__(self, loss: Value, digits: int) -> None:
        self.loss, self.digits = loss, digits
        self.nodes = topological([loss])
        self.names = Names(self.nodes)
        _check_size(self.nodes)
        self.gradients = {node: g + 0.0 for node, g in propagate(self.nodes, {loss: 1.0})}  # which turns -0 into 0
        _check_numbers(loss, self.gradients)
        self.key = {self.names[node]: gradient for node, gradient in self.gradients.items()}

    @cached_property
    def solution(self) -> Solution:
        """The answers, with the local derivatives and the sums that lead to them."""
        return Solution(self)

    def mark(self, gradients: Mapping[Any, Answer | None]) -> SheetReport:
        """Mark `gradients` as `check_by_hand` does; what is not among them, or None, is missing and so not right."""
        given = {key: answer for key, answer in gradients.items() if answer is not None}
        marks = check_by_hand(self.loss, given).marks
        done = {mark.label for mark in marks}
        return SheetReport(marks, [name for name in self.key if name not in done])

    def save(self, path: str | Path, *, key: bool = False) -> Path:
        """Write the sheet, or with `key` its solution, to a file whose name ends in .txt, .md or .html."""
        return self.solution.save(path) if key else super().save(path)

    def parts(self, form: Form) -> list[str]:
        """Return heading, sentences and table in one format."""
        loss, *_ = asked = [form.math(self.name(node, form)) for node in self.gradients]
        leaves = [node for node in self.nodes if node.op is None]
        given = [form.equal(self.name(node, form), self.number(node.data, form).code) for node in leaves]
        rows = [["node", "formula", "value", "gradient"], *(self._row(node, form) for node in self.nodes)]
        return [
            form.heading(f"Gradients of {loss}"),
            form.sentence(f"Given: {', '.join(given)}."),
            form.sentence(f"Work backward, and fill in the gradient of {loss} by each node: {', '.join(asked)}."),
            form.table(rows),
        ]

    def _row(self, node: Value, form: Form) -> list[str]:
        formula = form.math(self.names.definition(node, form.writing)) if node.op else "given"
        return [form.math(self.name(node, form)), formula, form.math(self.number(node.data, form).code), form.blank]

    def picture(self) -> str:
        """Return the picture as HTML, without gradients."""
        return self.drawn()

    def drawn(self, *, gradients: bool = False) -> str:
        """Draw the graph as SVG, or as a tree of text where there is no program to lay it out."""
        from autograd.drawing.drawn_graph import draw
        from autograd.drawing.svg import to_figure

        graph = draw(self.loss, show=["data"], digits=self.digits)
        for box in graph.picture.boxes if gradients else []:
            box.set_numbers("grad", self.gradients.__getitem__)
        return to_figure(graph.picture)

    def name(self, node: Value, form: Form) -> str:
        """Write what a node is called."""
        return self.names.write(node, form.writing).code

    def number(self, x: float, form: Form) -> Written:
        """Write a number with the digits that the sheet shows."""
        return form.writing.number(x, self.digits)


class Solution(Sheet):
    """The sheet that fills in an `exercise`: what arrives at each node, from where, and what that adds up to."""

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise

    def parts(self, form: Form) -> list[str]:
        """Return heading, a sentence and table in one format."""
        sheet = self.exercise
        heads = ["node", "arrives from", "local derivative", "contribution", "gradient"]
        formulas = {node: sheet.names.partials(node, form.writing) for node in sheet.nodes}
        rows = [row for node, found in self._arrivals().items() for row in self._rows(node, found, formulas, form)]
        return [
            form.heading(f"Gradients of {form.math(sheet.name(sheet.loss, form))}: solution"),
            form.sentence(
                "From each reader arrives its own gradient times its local derivative; what arrives is added."
            ),
            form.table([heads, *rows]),
        ]

    def picture(self) -> str:
        """Return the picture as HTML, with the gradients."""
        return self.exercise.drawn(gradients=True)

    def _arrivals(self) -> dict[Value, list[Arrival]]:
        """Return what arrives at each node, in backward order."""
        gradients = self.exercise.gradients
        arrivals: dict[Value, list[Arrival]] = {node: [] for node in gradients}
        for reader, gradient in gradients.items():
            for place, x in enumerate(reader.inputs):
                if isinstance(x, Value):
                    arrivals[x].append(Arrival(reader, place, gradient))
        return arrivals

    def _rows(
        self, node: Value, arrivals: Sequence[Arrival], formulas: Mapping[Value, Sequence[Written]], form: Form
    ) -> list[list[str]]:
        sheet = self.exercise
        rows = [["", *self._cells(a, formulas[a.reader][a.place], form), ""] for a in arrivals] or [[""] * 5]
        sent = [sheet.number(arrival.contribution, form) for arrival in arrivals]
        pieces = [form.writing.total(sent)] * (len(sent) > 1) + [sheet.number(sheet.gradients[node], form)]
        rows[0][0], rows[-1][-1] = form.math(sheet.name(node, form)), form.equal(*pieces)
        return rows

    def _cells(self, arrival: Arrival, formula: Written, form: Form) -> list[str]:
        sheet = self.exercise
        arrived, partial, sent = (
            sheet.number(x, form) for x in (arrival.cotangent, arrival.partial, arrival.contribution)
        )
        return [
            form.math(sheet.name(arrival.reader, form)),
            form.equal(formula, partial),
            form.equal(form.writing.product([arrived, partial]), sent),
        ]


def exercise(loss: Value, *, digits: int = 6) -> Exercise:
    """Make a sheet that asks for the gradient of `loss` by each node behind it, to be worked out on paper.

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
    Work backward, and fill in the gradient of L by each node: L, v2, v1, b, a.
    <BLANKLINE>
    node  formula  value  gradient
    ----  -------  -----  --------
    a     given    2      ______
    b     given    -3     ______
    v1    a·b      -6     ______
    v2    v1 + a   -4     ______
    L     v2²      16     ______
    >>> sheet.key
    {'L': 1.0, 'v2': -8.0, 'v1': -8.0, 'b': -16.0, 'a': 16.0}
    >>> bool(sheet.mark({"L": 1, "v2": -8, "v1": -8, "b": -16, "a": 16}))
    True

    Numbers are shown with so many significant `digits`. `sheet.markdown` and `sheet.html` are the sheet for other
    places, the latter with a picture; `sheet.save("sheet.html")` writes it, and with `key=True` its solution. A
    ValueError says where a graph is too large for paper, or has numbers that are not finite.
    """
    check_node(loss, "exercise()")
    if isinstance(digits, bool) or not isinstance(digits, int) or not 1 <= digits <= 17:
        raise ValueError(f"digits is a whole number from 1 to 17, not {digits!r}")
    return Exercise(loss, digits)


def _check_size(nodes: Sequence[Value]) -> None:
    if len(nodes) > _MOST_NODES:
        raise ValueError(
            f"the graph has {len(nodes):,} nodes; {_MOST_NODES} are the most for a sheet of paper. Take a part of the "
            "graph, exercise(node), or fewer samples; or explore(loss), a page that asks for gradients, too"
        )


def _check_numbers(loss: Value, gradients: Mapping[Value, float]) -> None:
    culprit = first_nonfinite(loss)
    if culprit is not None:
        raise ValueError(f"an exercise has finite numbers, but here is {name_of(culprit)}")
    for node, gradient in gradients.items():
        if not isfinite(gradient):
            raise ValueError(f"an exercise has finite gradients, but here is {gradient} by {name_of(node)}")
