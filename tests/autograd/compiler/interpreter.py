"""A back end in a few lines: it interprets the statements of a program on NumPy arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.compiler import ir
from autograd.compiler.adjoint import adjoint
from autograd.compiler.arguments import Array, Batch
from autograd.compiler.elementwise import Elementwise
from autograd.compiler.ir import Call, Contract, Part, Statement, View
from autograd.compiler.layout import Layout
from autograd.compiler.lowering import lower
from autograd.compiler.workspace import reducer


class Interpreter:
    """Computes the statements of a layout one by one, for all samples."""

    def __init__(self, layout: Layout, roots: Sequence[Any], by_params: bool) -> None:
        self._layout, self._by_params = layout, by_params
        self._roots = [(layout.buffer(x), layout.row(x)) for x in roots]
        buffer, row = self._roots[0]
        wanted = "S" if by_params else "V"
        self._forward = lower(layout)
        root, leaves = View(buffer, np.array([row])), View(wanted, layout.leaf_rows(wanted))
        self._backward = adjoint(self._forward, layout.sizes, root, leaves)

    def run(
        self, batch: Batch, arrays: Sequence[Array], theta: Array, with_gradient: bool
    ) -> tuple[list[Any], list[Array] | None]:
        """Return the values of the roots, and the gradients, by the parameters or by each number of a sample."""
        layout, sizes = self._layout, self._layout.sizes
        S, V = np.zeros(sizes["S"]), np.zeros((sizes["V"], batch.size))
        S[: layout.theta.stop] = [*layout.constants, *(x.number for x in layout.leaves), *theta]
        V[layout.ones] = 1.0
        for (_, rows), x in zip(layout.argument_rows, arrays):
            V[rows] = x.reshape(batch.size, -1).T if batch.samples_first else np.broadcast_to(x, batch.samples).ravel()
        state = _State({"S": S, "V": V, "gS": np.zeros_like(S), "gV": np.zeros_like(V)}, batch, self._roots[0][0])
        with np.errstate(all="ignore"):
            state.execute(self._forward)
            if with_gradient:
                state.execute(self._backward)
        values = [reducer(batch)(state.buffers[buffer][row, ...]) for buffer, row in self._roots]
        if not with_gradient:
            return values, None
        by_params, by_arguments = state.buffers["gS"][layout.theta], state.buffers["gV"][layout.leaf_rows("V")]
        return values, [by_params] if self._by_params else [g.reshape(batch.samples) for g in by_arguments]


class _State:
    """The buffers, and the round of the loop that is executed."""

    def __init__(self, buffers: dict[str, Array], batch: Batch, root: str) -> None:
        self.buffers, self._batch, self._is_shared, self._round = buffers, batch, root == "S", 0

    def execute(self, parts: Sequence[Part]) -> None:
        for part in parts:
            if isinstance(part, Statement):
                self._assign(part)
                continue
            for self._round in range(part.rounds)[:: -1 if part.adjoint_of else 1]:
                self.execute(part.body)
            self._round = 0

    def _assign(self, statement: Statement) -> None:
        target = statement.target
        value, buffer, rows = (
            self.value(statement.value, target.is_batched),
            self.buffers[target.buffer],
            self._rows(target),
        )
        if statement.adds:
            np.add.at(buffer, rows, value)
        else:
            buffer[rows] = value

    def _rows(self, view: View) -> Any:
        return view.rows + self._round * view.step

    def value(self, x: Any, has_samples: bool) -> Any:
        """Return an array; what all samples have in common gets an axis of samples if it meets others."""
        if isinstance(x, View):
            numbers = self.buffers[x.buffer][self._rows(x)]
            return numbers[..., None] if has_samples and not x.is_batched else numbers
        if isinstance(x, Contract):
            a, b, result = x.axes
            numbers = np.einsum(f"{a},{b}->{result}", self.value(x.left, "b" in a), self.value(x.right, "b" in b))
            return numbers[..., None] if has_samples and "b" not in result else numbers
        if not isinstance(x, Call):
            return x
        if x.op == ir.SEED:
            mean = self._batch.reduction == "mean"
            return (1.0 if mean else self._batch.size) if self._is_shared else 1 / self._batch.size if mean else 1.0
        has_samples = has_samples or x.op == ir.SUM_SAMPLES
        inputs = [self.value(each, has_samples) for each in x.inputs]
        return KERNELS[x.op.name](x, *inputs) if x.op.name in KERNELS else Elementwise(x.op)(*inputs)


def joined(xs: Sequence[Any]) -> Any:
    samples = np.broadcast_shapes(*(x.shape[2:] for x in xs))
    return np.concatenate([np.broadcast_to(x, (*x.shape[:2], *samples)) for x in xs], 1)


def softmax(x: Call, *inputs: Any) -> Any:
    *columns, y = inputs
    xs = columns[0] if len(columns) == 1 and columns[0].ndim > y.ndim else np.stack(columns, 1)
    e = np.exp(xs - y[:, None])
    return e / e.sum(1, keepdims=True)


KERNELS: dict[str, Callable[..., Any]] = {
    "sum_terms": lambda call, x: x.sum(1),
    "sum_entries": lambda call, x: x.sum(0, keepdims=True),
    "sum_samples": lambda call, x: x.sum(-1),
    "spread": lambda call, x, n: np.repeat(x[:, None], int(n), 1),
    "join": lambda call, *xs: joined(xs),
    "softmax": softmax,
    "pass": lambda call, g, d: np.where(d == 0, 0.0, g * d),
    "part": lambda call, x, start, stop: x[:, int(start) : int(stop)],
    "slope": lambda call, i, *xs: Elementwise(call.op.op).slopes(*xs)[int(i)],
    "logsumexp": lambda call, x: np.logaddexp.reduce(x, 1),
}
