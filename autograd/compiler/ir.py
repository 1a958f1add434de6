"""The intermediate representation: array programs as statements that are objects.

    Statement    target = value, or target += value
    Loop         statements that are repeated
    View         rows of a buffer: of S, one number a row, of V, one number for each sample a row, or of their gradients
    Call         an operation of the table, element by element; logsumexp and its kin combine the columns of a matrix
    Contract     a sum of products over common axes: products of matrices and vectors
    Kernel       a function of arrays that is no operation of the table, as the operation of a Call

Views have one axis, the entries of a group, or two: entries and terms, or both axes of a grid. Views of V have the axis
of the samples, too, and views of S are broadcast to it. Rules of operations can be applied to all of these, so that
adjoints are statements like others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from autograd.compiler.branches import decide, equal
from autograd.operand import Operand
from autograd.operation import Op
from autograd.ops import mul, neg, power

Rows = np.ndarray[Any, np.dtype[np.intp]]


class Expression(Operand):
    """The value of a statement. Applying an operation gives a larger expression."""

    __slots__ = ()

    def _apply(self, op: Op, inputs: Sequence[Any]) -> Any:
        if op is mul and any(x.__class__ is float and x in (1.0, -1.0) for x in inputs):
            x, y = inputs if inputs[0].__class__ is float else reversed(inputs)  # a number is never the only factor
            return y if x == 1.0 else neg(y)
        if op is mul and any(isinstance(x, Call) and x.op is neg for x in inputs):
            x, y = inputs if isinstance(inputs[0], Call) and inputs[0].op is neg else reversed(inputs)
            return neg(mul(x.inputs[0], y))
        if op is power and inputs[1] == 1.0:
            return inputs[0]
        return Call(op, tuple([x if isinstance(x, Expression) else float(x) for x in inputs]))

    __bool__ = decide
    __eq__ = equal
    __hash__ = None  # type: ignore[assignment]  # as of what has no equality


class Kernel(NamedTuple):
    """A function of arrays that is no operation of the table. A slope is a derivative of the operation `op`."""

    name: str
    op: Any = None


SUM_TERMS = Kernel("sum_terms")  # x -> the sum over its terms, the second axis
SUM_ENTRIES = Kernel("sum_entries")  # x -> the sum over its entries, the first axis
SUM_SAMPLES = Kernel("sum_samples")  # x -> the sum over the samples, the last axis
SPREAD = Kernel("spread")  # x, n -> x repeated for n terms, a new second axis
JOIN = Kernel("join")  # x, ... -> views next to each other, along the terms
SOFTMAX = Kernel("softmax")  # x, ..., y -> e ** (x - y) over their sum, for the terms of x or the numbers x, ...
PASS = Kernel("pass")  # g, d -> g * d, and 0 where d is 0, even if g is infinite or nan
PART = Kernel("part")  # x, start, stop -> the terms of x in this range
GATHER = Kernel("gather")  # x, i -> the columns of x at the indices i, which is 0 where there is none
COLLECT = Kernel("collect")  # g, i, n -> for each of n columns, the sum of the gradients g of a gather at i
SEED = Kernel("seed")  # -> the gradient of the root, an argument of the program


def slope_of(op: Op) -> Kernel:
    """Return the kernel i, x, ... -> derivative number i of an operation whose rule takes nothing but floats."""
    return Kernel("slope", op)


class Call(Expression):
    """`op` applied to `inputs`, which are expressions and numbers."""

    __slots__ = ("inputs", "op")

    op: Any  # an Op or a Kernel

    def __init__(self, op: Op | Kernel, inputs: tuple[Any, ...]) -> None:
        self.op, self.inputs = op, inputs

    def __repr__(self) -> str:
        return f"{self.op.name}({', '.join(map(repr, self.inputs))})"


class View(Expression):
    """The `rows` of a buffer: "S", "V", or "gS" and "gV" for their gradients. In a loop, round i reads rows + i * step.

    >>> view = View("V", np.array([3, 4, 5]))
    >>> view.gradient
    gV[3:6]
    >>> View("S", np.array([1, 5]), 10)  # in round i of a loop
    S[(1:6:4) + 10 i]
    >>> View("S", np.array([[3, 4], [5, 6], [7, 8]])), View("S", np.array([7, 3, 4]))
    (S[3:9, as 3 x 2], S[7, 3, 4])
    """

    __slots__ = ("__dict__", "buffer", "rows", "step")

    def __init__(self, buffer: str, rows: Rows, step: int = 0) -> None:
        self.buffer, self.rows, self.step = buffer, rows, step

    @property
    def gradient(self) -> View:
        """The rows of the gradients of these."""
        return View(f"g{self.buffer}", self.rows, self.step)

    @property
    def numbers(self) -> View:
        """The rows of the numbers that these are the gradients of."""
        return View(self.buffer[-1], self.rows, self.step)

    @property
    def is_batched(self) -> bool:
        """Whether there is a number for each sample."""
        return self.buffer.endswith("V")

    @property
    def columns(self) -> list[View]:
        """Each column of a matrix on its own."""
        return [View(self.buffer, self.rows[:, k], self.step) for k in range(self.rows.shape[1])]

    @cached_property
    def key(self) -> tuple[Any, ...]:
        """A key that is the same for equal views."""
        return self.buffer, self.step, self.rows.shape, self.rows.tobytes()

    @cached_property
    def strides(self) -> list[int] | None:
        """The distance of the rows along each axis, if it is the same everywhere and not negative."""
        strides = []
        for axis in range(self.rows.ndim):
            differences = np.diff(self.rows, axis=axis)
            stride = int(differences.flat[0]) if differences.size else 1
            if stride < 0 or (differences != stride).any():
                return None
            strides.append(stride)
        return None if strides == [0] else strides

    @property
    def is_contiguous(self) -> bool:
        """Whether the rows follow one another."""
        return self.rows.size == 1 or bool((np.diff(self.rows.ravel()) == 1).all())

    @cached_property
    def is_distinct(self) -> bool:
        """Whether no row occurs twice."""
        return self.is_contiguous or len(np.unique(self.rows)) == self.rows.size

    def in_rounds(self, rounds: int) -> Rows:
        """Return the rows of all rounds of a loop."""
        if not self.step or rounds == 1:
            return self.rows
        return np.add.outer(np.arange(rounds) * self.step, self.rows)

    def __repr__(self) -> str:
        rows = self.rows.ravel().tolist()
        row = View("", self.rows.ravel())
        if row.is_contiguous:
            text = f"{rows[0]}:{rows[-1] + 1}" if len(rows) > 1 else str(rows[0])
        else:
            text = f"{rows[0]}:{rows[-1] + 1}:{row.strides[0]}" if row.strides else ", ".join(map(str, rows))
        if self.step:
            text = f"{text if len(rows) == 1 else f'({text})'} + {self.step} i"
        shape = f", as {' x '.join(map(str, self.rows.shape))}" if self.rows.ndim > 1 else ""
        return f"{self.buffer}[{text}{shape}]"


class Contract(Expression):
    """The sum of left * right over the axes that the result does not have; each axis is a letter, as in einsum.

    p and q are rows of a grid, n rows of pairs, m terms, and b samples. `sizes` are those of the entries and terms of
    the weights: a product with a single number needs another function (see `contraction`).
    """

    __slots__ = ("axes", "left", "right", "sizes")

    def __init__(self, left: Any, right: Any, axes: tuple[str, str, str], sizes: tuple[int, ...]) -> None:
        self.left, self.right, self.axes, self.sizes = left, right, axes, sizes

    def __repr__(self) -> str:
        left, right, result = self.axes
        return f"contract('{left},{right}->{result}', {self.left!r}, {self.right!r})"


class Statement(NamedTuple):
    """Computes `value`, and stores it at `target`, or adds it to what stands there."""

    target: View
    value: Any  # an expression or a number
    adds: bool = False

    def __repr__(self) -> str:
        return f"{self.target} {'+' if self.adds else ''}= {self.value}"


class Loop(NamedTuple):
    """Statements that are repeated, from the first round to the last, or back in the adjoint of another loop."""

    rounds: int
    body: list[Statement]
    adjoint_of: Loop | None = None

    def __repr__(self) -> str:
        rounds = f"{self.rounds - 1} to 0" if self.adjoint_of else f"0 to {self.rounds - 1}"
        return "\n    ".join([f"for i from {rounds}:", *map(repr, self.body)])


Part = Statement | Loop


class Passes(NamedTuple):
    """The statements of the forward and of the backward pass."""

    forward: Sequence[Part]
    backward: Sequence[Part]

    def __repr__(self) -> str:
        return "\n".join(["forward:", *map(repr, self.forward), "backward:", *map(repr, self.backward)])


def views(value: Any) -> Iterator[View]:
    """Yield the views that an expression reads."""
    stack = [value]
    while stack:
        x = stack.pop()
        if isinstance(x, View):
            yield x
        elif isinstance(x, Call):
            stack += reversed(x.inputs)
        elif isinstance(x, Contract):
            stack += (x.right, x.left)


def is_batched(x: Any) -> bool:
    """Check if an expression has a number for each sample."""
    if isinstance(x, Contract):
        return "b" in x.axes[2]
    if isinstance(x, Call):
        return x.op not in (SUM_SAMPLES, COLLECT) and any(map(is_batched, x.inputs))
    return isinstance(x, View) and x.is_batched


def runs(rows: Iterable[int], gap: int = 1) -> list[tuple[int, int]]:
    """Return ascending `rows` as ranges. Rows that are no more than `gap` apart are in the same range.

    >>> runs([1, 2, 3, 7]), runs([1, 2, 3, 7], gap=4)
    ([(1, 4), (7, 8)], [(1, 8)])
    """
    found: list[tuple[int, int]] = []
    for row in rows:
        if found and row < found[-1][1] + gap:
            found[-1] = (found[-1][0], row + 1)
        else:
            found.append((row, row + 1))
    return found


def flat(parts: Sequence[Part]) -> Iterator[tuple[Statement, int]]:
    """Yield all statements, and in how many rounds each is executed."""
    for part in parts:
        if isinstance(part, Loop):
            for statement in part.body:
                yield statement, part.rounds
        else:
            yield part, 1
