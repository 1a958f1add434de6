"""Slips in the gradients of whole arrays: transposed, summed over the wrong axis, one sample instead of the batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from autograd.testing.by_hand.explanations import either
from autograd.testing.by_hand.node_arrays import NodeArray
from autograd.value import Value

Matrix = list[list[float]]

_ROUNDING = 2e-3  # relative to the largest entry


class Factor(NamedTuple):
    """A matrix that a gradient may be a product of, and how it is written."""

    text: str
    rows: Matrix

    @property
    def transposed(self) -> Factor:
        """The transpose, such as (dL/dZ)ᵀ."""
        return Factor(f"({self.text})ᵀ" if "/" in self.text else f"{self.text}ᵀ", _transpose(self.rows))


class ArraySlip(NamedTuple):
    """A slip that explains all entries of an array: its name and a sentence."""

    name: str
    sentence: str


class ArraySlips:
    """Finds the slips in the `answers` for the `arrays` of a graph whose last node has the name `loss`.

    `expected` are the gradients that follow from the answers before them.
    """

    def __init__(
        self,
        arrays: Mapping[str, NodeArray],
        answers: Mapping[Value, float],
        expected: Mapping[Value, float],
        loss: str,
    ) -> None:
        self.arrays = {label: array for label, array in arrays.items() if _is_matrix(array)}
        self.answers, self.expected, self.loss = answers, expected, loss

    def find(self, label: str) -> ArraySlip | None:
        """Return the slip that explains all entries of the array with this label, or None if there is none."""
        if label not in self.arrays or not all(node in self.answers for node in self.arrays[label].nodes.values()):
            return None
        array = self.arrays[label]
        given, wanted = _matrix(array, self.answers.__getitem__), _matrix(array, self.expected.__getitem__)
        if sum(map(len, wanted)) < 2 or _equal(given, wanted):
            return None
        fitting: dict[str, str] = {}
        for name, wrong, sentence in self._candidates(array, wanted):
            if _equal(given, wrong):
                fitting.setdefault(name, sentence)
        return ArraySlip(next(iter(fitting)), either(list(fitting.values()))) if fitting else None

    def _candidates(self, array: NodeArray, wanted: Matrix) -> Iterator[tuple[str, Matrix, str]]:
        """Yield the names of slips, the wrong gradients that they lead to, and sentences."""
        name = self._gradient(array.label)
        yield "sign", _scaled(wanted, -1.0), f"The sign of {name} is wrong in all entries."
        yield "transposed", _transpose(wanted), f"This is the transpose of {name}."
        for label in self.arrays:
            if label != array.label:
                yield from self._wrong_sums(name, Factor(self._gradient(label), self._gradients(label)), wanted)
        for first, second in self._pairs(array.label):
            yield from _wrong_products(name, first, second, wanted)
        for count in sorted({n for each in self.arrays.values() for n in each.shape} - {1}):
            yield "mean", _scaled(wanted, 1 / count), f"This is {name} divided by {count}: a mean in place of a sum."
            yield "mean", _scaled(wanted, float(count)), f"This is {count} times {name}: a sum in place of a mean."

    def _wrong_sums(self, name: str, other: Factor, wanted: Matrix) -> Iterator[tuple[str, Matrix, str]]:
        """Yield the slips in a gradient that is the sum over one axis of another one."""
        for axis, rows in ((0, other.rows), (1, other.transposed.rows)):
            total = [[sum(column)] for column in zip(*rows)]
            if len(rows) < 2 or not _equal(total, wanted):
                continue
            text = f"{name} is the sum of {other.text} over axis {axis}"
            yield "axis", [[sum(row)] for row in rows], f"{text}, not over axis {1 - axis}."
            for i, row in enumerate(rows):
                yield "batch", [[x] for x in row], f"{text}; only the part of index {i} was taken."

    def _pairs(self, label: str) -> Iterator[tuple[Factor, Factor]]:
        """Yield the gradients of other arrays, each with the values of another array."""
        for other in self.arrays:
            for factor in self.arrays:
                if label not in (other, factor):
                    values = _matrix(self.arrays[factor], lambda node: node.data)
                    yield Factor(self._gradient(other), self._gradients(other)), Factor(factor, values)

    def _gradient(self, label: str) -> str:
        return f"d{self.loss}/d{label}"

    def _gradients(self, label: str) -> Matrix:
        return _matrix(self.arrays[label], lambda node: self.answers.get(node, self.expected[node]))


def _wrong_products(name: str, a: Factor, b: Factor, wanted: Matrix) -> Iterator[tuple[str, Matrix, str]]:
    """Yield the slips in a gradient that is a product of `a` and `b`: a transpose too few or too many, one sample."""
    orders = [(x, y) for p, q in ((a, b), (b, a)) for x in (p, p.transposed) for y in (q, q.transposed)]
    products = [(x, y, _product(x.rows, y.rows)) for x, y in orders if len(x.rows[0]) == len(y.rows)]
    right = next(((x, y) for x, y, product in products if _equal(product, wanted)), None)
    if right is None:
        return
    text = f"{name} = {right[0].text}·{right[1].text}"
    for x, y, product in products:
        yield "transposed", product, f"{text}, not {x.text}·{y.text}."
    columns, rows = _transpose(right[0].rows), right[1].rows
    for i, (column, row) in enumerate(zip(columns, rows) if len(rows) > 1 else ()):
        one = _product([[x] for x in column], [row])
        yield "batch", one, f"{text} is a sum over {len(rows)} indices; only the part of index {i} was taken."


def _is_matrix(array: NodeArray) -> bool:
    """Return True if an array has one or two axes and no entries outside the graph."""
    size = array.shape[0] * (array.shape[1] if len(array.shape) == 2 else 1)
    return len(array.shape) <= 2 and len(array.nodes) == size


def _matrix(array: NodeArray, number: Callable[[Value], float]) -> Matrix:
    """Return the numbers of an array as rows; a vector is a column."""
    if len(array.shape) == 1:
        return [[number(array.nodes[i,])] for i in range(array.shape[0])]
    return [[number(array.nodes[i, j]) for j in range(array.shape[1])] for i in range(array.shape[0])]


def _transpose(rows: Matrix) -> Matrix:
    return [list(column) for column in zip(*rows)]


def _product(a: Matrix, b: Matrix) -> Matrix:
    return [[sum(x * y for x, y in zip(row, column)) for column in zip(*b)] for row in a]


def _scaled(rows: Matrix, factor: float) -> Matrix:
    return [[factor * x for x in row] for row in rows]


def _equal(given: Matrix, wanted: Matrix) -> bool:
    """Return True if two matrices have the same shape and the same entries, up to rounding."""
    if [len(row) for row in given] != [len(row) for row in wanted]:
        return False
    pairs = [(a, b) for row, other in zip(given, wanted) for a, b in zip(row, other)]
    scale = max(abs(b) for _, b in pairs)
    return all(abs(a - b) <= _ROUNDING * scale for a, b in pairs)
