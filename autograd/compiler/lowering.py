"""Write groups as statements: an operation as one, a sum as one for each part that NumPy computes at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from autograd.compiler.groups import Group, Rounds
from autograd.compiler.ir import JOIN, SUM_TERMS, Call, Contract, Loop, Part, Statement, View
from autograd.compiler.layout import Layout
from autograd.compiler.products import product
from autograd.ops import add, logsumexp, mul, neg, sub

_MAX_SEPARATE_TERMS = 4  # more terms are added by a single call
_MAX_SEPARATE_PRODUCTS = 2
_MAX_CHAIN = 8  # terms in one expression of a program on single numbers


def lower(layout: Layout) -> list[Part]:
    """Return the statements that compute the groups of a layout."""
    lowering = (_NumberLowering if layout.is_single else _Lowering)(layout.constants)
    parts: list[Part] = []
    for part in layout.parts:
        if isinstance(part, Rounds):
            parts += [Statement(to, source) for to, source in part.copies]
            parts.append(Loop(part.number, [s for group in part.groups for s in lowering.statements(group)]))
        else:
            parts += lowering.statements(part)
    return parts


class _Lowering:
    def __init__(self, constants: Sequence[float]) -> None:
        self._constants = constants

    def statements(self, group: Group) -> Iterator[Statement]:
        """Yield the statements of a group: the first one stores, the others add."""
        if group.op is None:
            yield from self._sum(group)
        elif group.op is logsumexp:
            inputs = tuple(group.inputs)
            yield Statement(group.target, Call(logsumexp, inputs if len(inputs) == 1 else (Call(JOIN, inputs),)))
        else:
            yield Statement(group.target, Call(group.op, tuple(self._operands(group))))

    def _operands(self, group: Group) -> list[Any]:
        if group.op and group.op.variadic:
            return [self._operand(column) for view in group.inputs for column in view.columns]
        return [self._operand(view) for view in group.inputs]

    def _operand(self, column: View) -> Any:
        """Return a column as it is read: a number if it is a constant, a single row if all are the same."""
        rows = column.rows
        if not (rows == rows[0]).all():
            return column
        if column.buffer == "S" and not column.step and rows[0] < len(self._constants):
            return self._constants[rows[0]]
        return View(column.buffer, rows[:1], column.step)

    def _sum(self, group: Group) -> Iterator[Statement]:
        """Yield the statements of a sum: what is added, then what is subtracted, the first two at once if possible."""
        parts = sorted(self._parts(group), key=lambda part: (-part[0], not isinstance(part[2], Contract)))
        sign, target, value = parts[0]
        rest = parts[1:]
        if sign > 0 and rest and not isinstance(value, Contract):
            value = (add if rest[0][0] > 0 else sub)(value, rest[0][2])
            rest = rest[1:]
        yield Statement(target, value if sign > 0 else _negative(value))
        for sign, target, value in rest:
            yield Statement(target, value if sign > 0 else _negative(value), adds=True)

    def _parts(self, group: Group) -> Iterator[tuple[float, View, Any]]:
        """Yield the parts of a sum: sign, target, and value."""
        for sign, a, b in group.pairs:
            for target, value in self._products(group.target, a, b):
                yield sign, target, value
        for sign, view in group.terms:
            if view.rows.shape[1] > _MAX_SEPARATE_TERMS:
                yield sign, group.target, Call(SUM_TERMS, (view,))
            else:
                yield from ((sign, group.target, self._operand(x)) for x in view.columns)

    def _products(self, target: View, a: View, b: View) -> Iterator[tuple[View, Any]]:
        """Yield the products of two matrices of factors, column by column where that is faster."""
        contract, shape = product(a, b)
        columns = a.rows.shape[1]
        if len(shape) == 1 and columns <= (_MAX_SEPARATE_PRODUCTS if contract.axes[2][0] == "n" else 1):
            for left, right in zip(a.columns, b.columns):
                yield target, mul(self._operand(left), self._operand(right))
        else:
            yield View(target.buffer, target.rows.reshape(shape), target.step), contract


class _NumberLowering(_Lowering):
    """Writes groups of a single entry: sums and products of numbers."""

    def statements(self, group: Group) -> Iterator[Statement]:
        """Yield the statements of a group."""
        if group.op is None:
            yield from self._sum(group)
        else:
            yield Statement(group.target, Call(group.op, tuple(self._operands(group))))

    def _sum(self, group: Group) -> Iterator[Statement]:
        """Yield the statements of a sum, of a few terms each."""
        terms = [
            (sign, mul(self._operand(x), self._operand(y)))
            for sign, a, b in group.pairs
            for x, y in zip(a.columns, b.columns)
        ]
        terms += [(sign, self._operand(x)) for sign, view in group.terms for x in view.columns]
        terms.sort(key=lambda term: -term[0])
        for start in range(0, len(terms), _MAX_CHAIN):
            (sign, value), *rest = terms[start : start + _MAX_CHAIN]
            value = value if sign > 0 else _negative(value)
            for sign, x in rest:
                value = (add if sign > 0 else sub)(value, x)
            yield Statement(group.target, value, adds=start > 0)


def _negative(x: Any) -> Any:
    return -x if x.__class__ is float else neg(x)
