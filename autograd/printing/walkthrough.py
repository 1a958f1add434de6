"""Show the forward and the backward pass one node at a time, with formulas and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import overload

from autograd.backpropagation import topological
from autograd.graph import check_node
from autograd.operation import as_float
from autograd.printing.formulas import Names, Writing
from autograd.printing.mathml import MathML, math_element
from autograd.printing.notation import Written
from autograd.printing.table import Table
from autograd.printing.text import Text
from autograd.steps import Step, Sweep
from autograd.terminal import printed
from autograd.value import Value

MAX_STEPS = 200  # number of steps to print of each pass
MAX_SENDS = 50  # number of contributions to print of each step


@printed
@dataclass(frozen=True, slots=True)
class ForwardStep:
    """One step of the forward pass: the `value` of `node` is computed from its inputs."""

    node: Value
    value: float
    _names: Names = field(repr=False)

    @property
    def name(self) -> str:
        """The name of the node: its label, or v1, v2 and so on."""
        return self._names[self.node]

    @property
    def formula(self) -> str:
        """The expression that computes the node from its inputs, such as a·b + c."""
        return self._names.definition(self.node, Text)


AnyStep = ForwardStep | Step


@printed
class Walkthrough(Sequence[AnyStep]):
    """The sequence of all steps of the `forward` pass and the `backward` pass of `root`.

    It prints as two tables; a notebook typesets their formulas. The gradients shown are those of one backward pass that
    starts at 0; the `grad` of the nodes does not change.
    """

    def __init__(self, root: Value, seed: float = 1.0) -> None:
        check_node(root, "root")
        order = topological([root])
        sweep = Sweep(order, as_float(seed, "the seed of a backward pass"))
        self.names = names = sweep.names
        self.forward = [ForwardStep(node, node.data, names) for node in order if node.op]
        self.backward = list(sweep)
        self._is_derivative = sweep.seed == 1.0
        self._steps: list[AnyStep] = [*self.forward, *self.backward]

    def __len__(self) -> int:
        return len(self._steps)

    @overload
    def __getitem__(self, i: int) -> AnyStep: ...
    @overload
    def __getitem__(self, i: slice) -> list[AnyStep]: ...
    def __getitem__(self, i: int | slice) -> AnyStep | list[AnyStep]:
        return self._steps[i]

    def __str__(self) -> str:
        return "\n\n".join(map(str, self._tables(Text))) + self._left_out()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return "".join(table.html() for table in self._tables(MathML)) + escape(self._left_out())

    def _left_out(self) -> str:
        shown = min(len(self.forward), MAX_STEPS) + min(len(self.backward), MAX_STEPS)
        return "" if shown == len(self) else f"\n\nshowing {shown:,} of {len(self):,} steps"

    def _tables(self, writing: Writing) -> list[Table]:
        forward = [["node", "formula", "value"]]
        forward += [self._forward_row(step, writing) for step in self.forward[:MAX_STEPS]]
        backward = [["node", "gradient", "sends to", "local derivative", "contribution", "gradient there"]]
        for step in self.backward[:MAX_STEPS]:
            backward += self._backward_rows(step, writing)
        tables = Table(forward, "Forward pass"), Table(backward, "Backward pass")
        return [table for table in tables if len(table.rows) > 1]  # a leaf has no forward pass

    def _forward_row(self, step: ForwardStep, writing: Writing) -> list[str]:
        node = step.node
        name, value = self.names.write(node, writing).code, writing.number(step.value).code
        return [_cell(writing, code) for code in (name, self.names.definition(node, writing), value)]

    def _backward_rows(self, step: Step, writing: Writing) -> list[list[str]]:
        name = self.names.write(step.node, writing)
        start = [name.code, self._gradient(name, step.cotangent, writing)]
        rows = []
        sends = step.sends
        pairs = zip(step.node.inputs, self.names.partials(step.node, writing))
        formulas = [formula for x, formula in pairs if isinstance(x, Value)]
        for send, formula in zip(sends[:MAX_SENDS], formulas):
            arrived, partial, sent, before, after = map(
                writing.number, (step.cotangent, send.partial, send.contribution, send.before, send.after)
            )
            to = self.names.write(send.input, writing)
            is_single = step.node.inputs.count(send.input) == 1  # otherwise ∂y/∂x is the sum of two or more
            local = [writing.partial(name, to)] if is_single else []
            codes = [
                *start,
                to.code,
                writing.equal(*local, formula, partial),
                writing.equal(writing.product([arrived, partial]), sent),
                writing.between(before.code, "→", after.code),
            ]
            rows.append([_cell(writing, code) for code in codes])
            start = ["", ""]
        if len(sends) > MAX_SENDS:
            rows.append(["", "", f"and {len(sends) - MAX_SENDS:,} more", "", "", ""])
        return rows or [[_cell(writing, code) for code in start] + [""] * 4]

    def _gradient(self, name: Written, cotangent: float, writing: Writing) -> str:
        """Write dL/dx = cotangent, or the cotangent alone if the seed of the pass is not 1."""
        number = writing.number(cotangent)
        root = self.names.write(self.backward[0].node, writing)
        return writing.equal(writing.derivative(root, name), number) if self._is_derivative else number.code


def _cell(writing: Writing, code: str) -> str:
    return math_element(code) if code and writing is MathML else code
