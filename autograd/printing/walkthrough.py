"""`Value.steps()`: the forward pass and the backward pass as data, one node at a time, with formulas and numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import overload

from autograd.backpropagation import topological
from autograd.graph import check_node
from autograd.operation import as_float
from autograd.printing.formulas import Names, Writing
from autograd.printing.mathml import MathML, math_element
from autograd.printing.table import Table
from autograd.printing.text import Text
from autograd.steps import Step, Sweep
from autograd.terminal import printed
from autograd.value import Value

_MOST_STEPS = 200  # that are printed
_MOST_SENDS = 50  # of one step


@printed
@dataclass(frozen=True, slots=True)
class ForwardStep:
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


AnyStep = ForwardStep | Step


@printed
class Walkthrough(Sequence[AnyStep]):
    """All steps that lead to the gradients of `root`: those of the `forward` pass, then those of the `backward` pass.

    It prints as a table, and shows in a notebook as one with typeset formulas. Looking at the steps changes nothing in
    the graph: the gradients are those of one backward pass that starts from 0.
    """

    def __init__(self, root: Value, seed: float = 1.0) -> None:
        check_node(root, "Walkthrough()")
        order = topological([root])
        sweep = Sweep(order, as_float(seed, "the seed of a backward pass"))
        self.names = names = sweep.names
        self.forward = [ForwardStep(node, node.data, names) for node in order if node.op]
        self.backward = list(sweep)
        self._steps: list[AnyStep] = [*self.forward, *self.backward]

    def __len__(self) -> int:
        return len(self._steps)

    @overload
    def __getitem__(self, i: int) -> AnyStep: ...
    @overload
    def __getitem__(self, i: slice) -> list[AnyStep]: ...
    def __getitem__(self, i: int | slice) -> AnyStep | list[AnyStep]:
        return self._steps[i]

    def __iter__(self) -> Iterator[AnyStep]:
        return iter(self._steps)

    def __str__(self) -> str:
        return "\n\n".join(map(str, self._tables(Text))) + self._left_out()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return "".join(table.html() for table in self._tables(MathML)) + escape(self._left_out())

    def _left_out(self) -> str:
        shown = min(len(self.forward), _MOST_STEPS) + min(len(self.backward), _MOST_STEPS)
        return "" if shown == len(self) else f"\n\nshowing {shown:,} of {len(self):,} steps"

    def _tables(self, writing: Writing) -> list[Table]:
        forward = [["node", "formula", "value"]]
        forward += [self._forward_row(step, writing) for step in self.forward[:_MOST_STEPS]]
        backward = [["node", "gradient", "sends to", "local derivative", "contribution", "gradient there"]]
        for step in self.backward[:_MOST_STEPS]:
            backward += self._backward_rows(step, writing)
        tables = Table(forward, "Forward pass"), Table(backward, "Backward pass")
        return [table for table in tables if len(table.rows) > 1]  # a leaf has no forward pass

    def _forward_row(self, step: ForwardStep, writing: Writing) -> list[str]:
        node = step.node
        pieces = (
            self.names.write(node, writing).code,
            self.names.definition(node, writing),
            writing.number(step.value).code,
        )
        return [_cell(writing, piece) for piece in pieces]

    def _backward_rows(self, step: Step, writing: Writing) -> list[list[str]]:
        start = [self.names.write(step.node, writing).code, writing.number(step.cotangent).code]
        rows = []
        sends = step.sends
        formulas = [
            formula.code
            for x, formula in zip(step.node.inputs, self.names.partials(step.node, writing))
            if isinstance(x, Value)
        ]
        for send, formula in zip(sends[:_MOST_SENDS], formulas):
            arrived, partial, sent, before, after = map(
                writing.number, (step.cotangent, send.partial, send.contribution, send.before, send.after)
            )
            derivative = [formula] * (formula != partial.code) + [partial.code]
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
