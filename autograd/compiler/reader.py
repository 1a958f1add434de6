"""Names, views of buffers and operands for the writer of array programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.compiler.code import Code, code_of
from autograd.compiler.layout import Group, Indices, Layout, Rows
from autograd.compiler.names import Names
from autograd.compiler.products import Product
from autograd.compiler.views import literal, view
from autograd.operation import Op

Operand = Code | float


class Reader:
    """Gives names to what stands in the buffers of a `layout`, and collects what a program needs for that.

    `views` are bound once for all calls, `constants` are arrays of row numbers, `calls` are functions that cannot be
    written as code, `helpers` those that NumPy does not have. What each call gathers is a statement of `forward`.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.views: dict[str, str] = {}  # names, by the code that they stand for
        self.constants: dict[str, str] = {}
        self.calls: dict[str, Elementwise] = {}
        self.helpers: dict[str, None] = {}
        self.forward: list[str] = []
        self.adders: dict[str, tuple[str, str, str]] = {}  # weights, biases and signals, by the name of the first two
        self.names = Names(layout)
        self._ones = set(layout.ones)
        self._gathered: dict[str, str] = {}

    def bind(self, code: str, stem: str) -> str:
        """Return the name of a view, given by its code."""
        if code not in self.views:
            self.views[code] = self.names.new(stem)
        return self.views[code]

    def ones(self) -> str:
        """Return the name of as many ones as there are samples: a product with these is a sum."""
        return self.bind("np.ones(V.shape[1])", "ones")

    def target(self, group: Group) -> str:
        """Return the name of the rows of a group."""
        code = view(group.buffer, group.rows) or ""
        return self.views[code] if code in self.views else self.bind(code, self.names.of_group(group))

    def gradient(self, group: Group) -> str:
        """Return the name of the gradients of a group."""
        return self.bind(view(f"g{group.buffer}", group.rows) or "", f"g_{self.target(group)}")

    def sink(self, code: str) -> str:
        """Return the name of a view of gradients, after that of the numbers which they are the gradients of."""
        numbers = code.replace("gS", "S").replace("gV", "V")
        known = self.views.get(numbers) or self.views.get(f"{numbers}[..., None]")
        return self.bind(code, f"g_{known}" if known else "g")

    def index(self, rows: Rows) -> str:
        """Return the name of an array of row numbers."""
        code = literal(rows)
        if code not in self.constants:
            self.constants[code] = self.names.new("K")
        return self.constants[code]

    def load(self, indices: Indices, group: Group) -> str:
        """Return the name of the numbers at `indices`, with an axis for the samples if the group has one."""
        return self.read(
            indices.buffer, indices.rows, "[..., None]" if indices.buffer == "S" and group.buffer == "V" else ""
        )

    def read(self, buffer: str, rows: Rows, axis: str = "") -> str:
        """Return the name of the numbers at `rows`: of a view if they follow a pattern, else of what is gathered."""
        code = view(buffer, rows)
        if code is not None:
            known = self.views.get(code + axis)
            return known or self.bind(code + axis, self.names.of_rows(buffer, rows))
        return self.gather(f"{buffer}[{self.index(rows)}]{axis}")

    def gather(self, code: str) -> str:
        """Return the name of a local variable with the value of `code`, which a call computes once."""
        if code not in self._gathered:
            self._gathered[code] = self.names.new("t")
            self.forward.append(f"{self._gathered[code]} = {code}")
        return self._gathered[code]

    def operand(self, indices: Indices, group: Group) -> Operand:
        """Return a column as code of the shape of the group or of one that is broadcast to it, or as a number."""
        rows = indices.rows[:, 0]
        if not is_single(rows):
            return Code(self.load(Indices(indices.buffer, rows), group))
        row = int(rows[0])
        if indices.buffer == "S" and row < len(self.layout.constants):
            return self.layout.constants[row]
        return Code(self.read(indices.buffer, rows[:1]))

    def operands(self, group: Group) -> list[Operand]:
        """Return all inputs of an operation; those of a variadic one are columns of its indices."""
        if group.op and group.op.variadic:
            names = [(self.load(indices, group), indices.rows.shape[1]) for indices in group.inputs]
            return [Code(f"{name}[:, {k}]") for name, columns in names for k in range(columns)]
        return [self.operand(indices, group) for indices in group.inputs]

    def whole(self, group: Group) -> str:
        """Return the name of one array of all inputs of a variadic operation."""
        names = [self.load(indices, group) for indices in group.inputs]
        if len(names) == 1:
            return names[0]
        shapes = [f"({', '.join(map(str, indices.rows.shape))}, V.shape[1])" for indices in group.inputs]
        blocks = [f"broadcast_to({name}, {shape})" for name, shape in zip(names, shapes)]
        return self.gather(f"concatenate(({', '.join(blocks)}), 1)")

    def factors(self, product: Product) -> tuple[str, str]:
        """Return the names of both factors of a product, in the axes that its subscripts say."""
        a, b, _ = product.subscripts
        self._note_adder(product, a)
        return self.read(product.a.buffer, axes(product.a, a)), self.read(product.b.buffer, axes(product.b, b))

    def _note_adder(self, product: Product, subscripts: str) -> None:
        """Name the parts of a product in which biases are weights of ones, where all of them are views."""
        (left, rows), (right, signals) = product.a, product.b
        code = view(right, signals[0])
        if code and right == "V" and signals.shape[1] > 1 and int(signals[0, -1]) in self._ones and view(left, rows):
            x = self.read(right, signals[0, :-1])
            self.bind(code, f"{x}_and_1")
            weights, bias = self.read(left, rows[:, :-1]), self.read(left, rows[:, -1])
            self.adders[self.read(left, axes(product.a, subscripts))] = weights, bias, x

    def call(self, op: Op) -> str:
        """Return the name of a function that applies `op` to each element of arrays."""
        for name, function in self.calls.items():
            if function.op is op:
                return name
        name = self.names.new("call")
        self.calls[name] = Elementwise(op)
        return name

    def need(self, code: Operand) -> str:
        """Return the text of `code`, having noted the helpers that it needs."""
        code = code_of(code)
        self.helpers |= dict.fromkeys(sorted(code.helpers))
        return code.text


class Elementwise:
    """An operation that takes nothing but floats, applied to each element of arrays."""

    def __init__(self, op: Op) -> None:
        self.op = op
        self._value: Callable[..., Any] = np.vectorize(lambda *xs: op.evaluate([*map(float, xs)]), otypes=[float])
        self._row = np.vectorize(lambda *xs: [*op.linearize([*map(float, xs)])[1]], otypes=[object])

    def __call__(self, *inputs: Any) -> Any:
        """Return its values."""
        return self._value(*inputs)

    def slopes(self, *inputs: Any) -> Any:
        """Return its local derivatives, an array for each input."""
        rows = self._row(*inputs)
        return np.moveaxis(np.array(rows.tolist(), float).reshape(*rows.shape, len(inputs)), -1, 0)


def is_single(rows: Rows) -> bool:
    """Say whether all `rows` are the same."""
    return bool((rows == rows[0]).all())


def axes(indices: Indices, subscripts: str) -> Rows:
    """Return the rows at `indices`, without the first axis where they are those of a single vector."""
    return indices.rows[0] if subscripts.startswith("m") else indices.rows


def listed(operands: Sequence[Operand]) -> str:
    """Write operands as arguments."""
    return ", ".join(code_of(x).text for x in operands)


def columns(indices: Indices) -> list[Indices]:
    """Return each column of `indices` on its own."""
    return [Indices(indices.buffer, indices.rows[:, k : k + 1]) for k in range(indices.rows.shape[1])]


def reshaped(name: str, product: Product) -> str:
    """Return the code of the results of a product with an axis for either factor."""
    return f"{name}.reshape({', '.join(map(str, product.shape))}{', -1' * product.batched})"
