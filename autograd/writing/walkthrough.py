"""`Value.steps()`: the forward pass and the backward pass as data, one node at a time, with formulas and numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import overload

from autograd.inspection import check_node
from autograd.operation import as_float
from autograd.sweep import propagate, topological
from autograd.terminal import printed
from autograd.value import Value
from autograd.writing.formulas import Names, Writing
from autograd.writing.mathml import MathML, math_element
from autograd.writing.table import html_table, text_table
from autograd.writing.text import Text

_MOST_STEPS = 200  # that are printed
_MOST_SENDS = 50  # of one step


@printed
@dataclass(frozen=True, slots=True)
class Forward:
    """A step of the forward pass: `node` gets its `value` from its inputs."""

    node: Value
    value: float
    _names: Names = field(repr=False)

    @property
    def name(self) -> str:
        """What the node is called."""
        return self._names[self.node]

    @property
    def formula(self) -> str:
        """How the node is made of its inputs."""
        return self._names.definition(self.node, Text)


@printed
@dataclass(frozen=True, slots=True)
class Send:
    """What a node sends to one of its inputs in the backward pass: the cotangent times the local derivative.

    `before` and `after` are the gradient of the input without and with this `contribution`.
    """

    input: Value
    partial: float
    contribution: float
    before: float
    after: float
    formula: str  # of the local derivative


@printed
@dataclass(frozen=True, slots=True)
class Backward:
    """A step of the backward pass: at `node` the `cotangent` is complete, and `sends` go to its inputs."""

    node: Value
    cotangent: float
    _sums: tuple[tuple[float, float], ...] = field(repr=False)  # of each input, before and after
    _names: Names = field(repr=False)

    @property
    def name(self) -> str:
        """What the node is called."""
        return self._names[self.node]

    @property
    def sends(self) -> list[Send]:
        """What goes to each input that is a node; constants get nothing."""
        return self._written(Text)

    def _written(self, writing: Writing) -> list[Send]:
        rows = zip(self.node.inputs, self.node.partials, self._sums, self._names.partials(self.node, writing))
        return [
            Send(x, d, self.cotangent * d, before, after, formula.code)
            for x, d, (before, after), formula in rows
            if isinstance(x, Value)
        ]


@printed
class Walkthrough(Sequence["Forward | Backward"]):
    """All steps that lead to the gradients of `root`: those of the `forward` pass, then those of the `backward` pass.

    It prints as a table, and shows in a notebook as one with typeset formulas. Looking at the steps changes nothing in
    the graph: the gradients are those of one backward pass that starts from 0.
    """

    def __init__(self, root: Value, seed: float = 1.0) -> None:
        check_node(root, "Walkthrough()")
        order = topological([root])
        self.names = names = Names(order)
        self.forward = [Forward(node, node.data, names) for node in order if node.op]
        self.backward: list[Backward] = []
        sums: dict[Value, float] = {}
        for node, cotangent in propagate(order, {root: as_float(seed, "the seed of a backward pass")}):
            pairs = []
            for x, d in zip(node.inputs, node.partials):
                before = sums.get(x, 0.0) if isinstance(x, Value) else 0.0
                pairs.append((before, before + cotangent * d))
                if isinstance(x, Value):
                    sums[x] = before + cotangent * d
            self.backward.append(Backward(node, cotangent, tuple(pairs), names))
        self._steps: list[Forward | Backward] = [*self.forward, *self.backward]

    def __len__(self) -> int:
        return len(self._steps)

    @overload
    def __getitem__(self, i: int) -> Forward | Backward: ...
    @overload
    def __getitem__(self, i: slice) -> list[Forward | Backward]: ...
    def __getitem__(self, i: int | slice) -> Forward | Backward | list[Forward | Backward]:
        return self._steps[i]

    def __iter__(self) -> Iterator[Forward | Backward]:
        return iter(self._steps)

    def __str__(self) -> str:
        return "\n\n".join(text_table(rows) for rows in self._tables(Text)) + self._left_out()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        tables = self._tables(MathML)
        captions = ("Forward pass", "Backward pass")[-len(tables) :]  # a leaf has no forward pass
        return "".join(map(html_table, tables, captions)) + escape(self._left_out())

    def _left_out(self) -> str:
        shown = min(len(self.forward), _MOST_STEPS) + min(len(self.backward), _MOST_STEPS)
        return "" if shown == len(self) else f"\n\nshowing {shown:,} of {len(self):,} steps"

    def _tables(self, writing: Writing) -> list[list[list[str]]]:
        forward = [["node", "formula", "value"]]
        forward += [self._forward_row(step, writing) for step in self.forward[:_MOST_STEPS]]
        backward = [["node", "gradient", "sends to", "local derivative", "contribution", "gradient there"]]
        for step in self.backward[:_MOST_STEPS]:
            backward += self._backward_rows(step, writing)
        return [rows for rows in (forward, backward) if len(rows) > 1]

    def _forward_row(self, step: Forward, writing: Writing) -> list[str]:
        node = step.node
        pieces = (
            self.names.write(node, writing).code,
            self.names.definition(node, writing),
            writing.number(step.value).code,
        )
        return [_cell(writing, piece) for piece in pieces]

    def _backward_rows(self, step: Backward, writing: Writing) -> list[list[str]]:
        start = [self.names.write(step.node, writing).code, writing.number(step.cotangent).code]
        rows = []
        sends = step._written(writing)
        for send in sends[:_MOST_SENDS]:
            arrived, partial, sent, before, after = map(
                writing.number, (step.cotangent, send.partial, send.contribution, send.before, send.after)
            )
            derivative = [send.formula] * (send.formula != partial.code) + [partial.code]
            product = writing.equal(writing.product([arrived, partial]).code, sent.code)
            there = writing.between(before.code, "→", after.code)
            ends = [self.names.write(send.input, writing).code, writing.equal(*derivative), product, there]
            rows.append([_cell(writing, piece) for piece in (*start, *ends)])
            start = ["", ""]
        if len(sends) > _MOST_SENDS:
            rows.append(["", "", f"and {len(sends) - _MOST_SENDS:,} more", "", "", ""])
        return rows or [[_cell(writing, piece) for piece in start] + [""] * 4]


def _cell(writing: Writing, code: str) -> str:
    return math_element(code) if code and writing is MathML else code
