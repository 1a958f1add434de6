"""`exercise`: make a worksheet that asks for gradients, with its solution, and mark the answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import Any

from autograd.backpropagation import propagate, topological
from autograd.graph import check_node, first_nonfinite, name_of
from autograd.printing.formulas import Names
from autograd.printing.notation import Written, check_digits
from autograd.terminal import one_line, printable
from autograd.testing.by_hand.answers import Answer
from autograd.testing.by_hand.hinting import check_hints, hint_at
from autograd.testing.by_hand.marking import check_by_hand, mark_gradients
from autograd.testing.by_hand.sheet_formats import Format
from autograd.testing.by_hand.sheet_report import SheetReport
from autograd.testing.by_hand.solutions import Solution
from autograd.testing.by_hand.tolerances import Precision
from autograd.testing.by_hand.worksheet import Worksheet
from autograd.testing.checks.report import assert_right, publish
from autograd.value import Value

MAX_NODES = 60  # number of nodes that fit on a sheet of paper


class Exercise(Worksheet):
    """A worksheet that asks for the gradients of `loss`.

    `asked` lists the nodes whose gradients it asks for, and `key` is a dict of their gradients by name; both are in
    backward order. `solution` is a worksheet that shows each step, and `mark` marks answers.
    """

    def __init__(
        self,
        loss: Value,
        *,
        title: str = "",
        task: str = "",
        ask: Sequence[Value | str] | None = None,
        digits: int = 6,
        hints: int = 0,
    ) -> None:
        self.loss, self.digits, self.hints = loss, digits, hints
        self.title, self.task = one_line(title), printable(task, but="\n")
        self.nodes = topological([loss])
        self.names = Names(self.nodes)
        _check_size(self.nodes)
        self.gradients = {node: g + 0.0 for node, g in propagate(self.nodes, {loss: 1.0})}  # + 0.0 turns -0.0 into 0.0
        _check_numbers(loss, self.gradients)
        chosen = self.gradients if ask is None else _found(ask, self.names)
        self.asked = [node for node in self.gradients if node in chosen]
        self.key = {self.names[node]: self.gradients[node] for node in self.asked}

    @cached_property
    def solution(self) -> Solution:
        """The solution: each gradient with the local derivatives and the sums that lead to it."""
        return Solution(self)

    def mark(self, gradients: Mapping[Any, Answer | None], *, hints: int | None = None) -> SheetReport:
        """Mark `gradients` as `check_by_hand` does; a gradient that is left out or None counts as missing.

        With `hints`, the report gives no answers. A hint of 1 says which gradient to look at, 2 names the rule, and 3
        the factor. The default is that of the sheet.
        """
        level = self.hints if hints is None else check_hints(hints)
        report = mark_gradients(self.loss, _given(gradients), self.precision)
        done = {mark.label for mark in report.marks}
        missing = [name for name in self.key if name not in done]
        return publish(SheetReport(report, missing, self._hint(level) if level else None))

    @property
    def precision(self) -> Precision:
        """How the numbers of the worksheet and the answers are rounded."""
        return Precision(min(self.digits, Precision().answers), self.digits)

    def _hint(self, level: int) -> Callable[[str], str]:
        by_name = {name: node for node, name in self.names.of.items()}
        return lambda name: hint_at(by_name[name], self.nodes, self.names, level)

    def save(self, path: str | Path, *, key: bool = False) -> Path:
        """Write the worksheet to a file and return its path. The extension determines the format.

        It is one of .txt, .md, .html, .tex, .pdf and .ipynb. If `key` is true, write the solution instead; with the
        extension .json, it is the key that `chainrule mark` reads. The worksheet itself contains no answers.
        """
        return self.solution.save(path) if key else super().save(path)

    def writers(self) -> dict[str, Callable[[], str | bytes]]:
        """Return a function for each extension that a file may have."""
        from autograd.testing.by_hand.notebook_sheet import notebook

        return super().writers() | {".ipynb": lambda: json.dumps(notebook(self), indent=1)}

    def heading(self, fmt: Format) -> str:
        """Write the title, or the default title."""
        return fmt.text(self.title) if self.title else f"Gradients of {fmt.math(self.name(self.loss, fmt))}"

    def parts(self, fmt: Format) -> list[str]:
        """Return the heading, the sentences and the table in the format `fmt`."""
        loss = fmt.math(self.name(self.loss, fmt))
        leaves = [node for node in self.nodes if node.op is None]
        given = [fmt.equal(self.name(node, fmt), self.number(node.data, fmt).code) for node in leaves]
        order = ", ".join(fmt.math(self.name(node, fmt)) for node in self.asked)
        each = "each node, in the order " if len(self.asked) > 1 else ""
        rows = [["node", "formula", "value", "gradient"], *(self._row(node, fmt) for node in self.nodes)]
        return [
            fmt.heading(self.heading(fmt)),
            *(
                fmt.sentence(fmt.text(one_line(paragraph)))
                for paragraph in self.task.split("\n\n")
                if paragraph.strip()
            ),
            fmt.sentence(f"Given: {', '.join(given)}."),
            fmt.sentence(f"Work backward: fill in the gradient of {loss} with respect to {each}{order}."),
            fmt.table(rows),
        ]

    def _row(self, node: Value, fmt: Format) -> list[str]:
        formula = fmt.math(self.names.definition(node, fmt.writing)) if node.op else "given"
        gradient = fmt.math(fmt.writing.equal(self.gradient(node, fmt), ""))
        blank = type(fmt.blank)(gradient + fmt.blank) if node in self.asked else ""
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


def exercise(
    loss: Value,
    *,
    title: str = "",
    text: str = "",
    ask: Sequence[Value | str] | None = None,
    digits: int = 6,
    hints: int = 0,
) -> Exercise:
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

    `ask` lists the nodes or names to ask for, `title` is the heading, and the paragraphs of `text` come below it.
    Numbers are shown with the given number of significant `digits`. With `hints` from 1 to 3, `sheet.mark` gives hints
    in place of answers.

    `sheet.markdown`, `sheet.html`, `sheet.latex` and `sheet.pdf` return the worksheet in these formats; the HTML page
    includes a picture of the graph. `sheet.save("sheet.html")` writes the worksheet, which contains no answers;
    `sheet.save("solution.html", key=True)` writes its solution, and `sheet.save("key.json", key=True)` the key that
    `chainrule mark` reads. Raise ValueError if the graph has more than 60 nodes or numbers that are not finite.
    """
    check_node(loss, "loss")
    return Exercise(loss, title=title, task=text, ask=ask, digits=check_digits(digits), hints=check_hints(hints))


def _found(ask: Sequence[Value | str], names: Names) -> set[Value]:
    """Return the nodes to ask for, given as nodes or names."""
    by_name: dict[Any, Value] = {name: node for node, name in names.of.items()}
    by_name |= {node: node for node in names.of}
    if isinstance(ask, str) or not ask:
        raise ValueError(
            f"ask must be a list of nodes or names, such as [{next(iter(names.of.values()))!r}], got {ask!r}"
        )
    for each in ask:
        if each not in by_name:
            raise ValueError(
                f"ask must list nodes of the graph: {', '.join(list(names.of.values())[:20])}; got {each!r}"
            )
    return {by_name[each] for each in ask}


def _given(gradients: Mapping[Any, Answer | None]) -> dict[Any, Answer]:
    return {key: answer for key, answer in gradients.items() if answer is not None}


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


def assert_by_hand(loss: Value | Exercise, gradients: Mapping[Any, Answer | None]) -> None:
    """Raise an AssertionError unless all `gradients` are right. Its message, which graders show, is the table of marks.

    >>> a = Value(3.0, "a")
    >>> assert_by_hand(a * a, {"a": 6.0})

    If `loss` is an `exercise`, its missing gradients are wrong, too, and its `hints` replace the answers.
    """
    __tracebackhide__ = True  # pytest then shows only the report
    assert_right(loss.mark(gradients) if isinstance(loss, Exercise) else check_by_hand(loss, _given(gradients)))
