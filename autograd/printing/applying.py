"""Apply the operations of an expression to numbers, nodes or written formulas."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from autograd.ops import add, div, mul, neg, power, sqrt, sub
from autograd.printing.algebra import MAX_DENOMINATOR, Expression, opened
from autograd.printing.factors import NAME, SUM, Call, Factor, Name, Product
from autograd.printing.notation import Written


class Applied:
    """A function of expressions, which puts the objects that `leaf` returns in place of names and applies operations.

    Numbers become what `number` returns for floats, by default the floats.
    """

    def __init__(self, leaf: Callable[[Name], Any], number: Callable[[float], Any] = float) -> None:
        self.leaf, self.number = leaf, number
        self._known: dict[Factor, Any] = {}

    def __call__(self, factor: Any) -> Any:
        """Evaluate an expression, a name or a call."""
        if factor not in self._known:
            self._known[factor] = self._applied(factor)
        return self._known[factor]

    def _applied(self, factor: Expression | Call | Name) -> Any:
        if isinstance(factor, Expression):
            return self._sum(factor)
        if isinstance(factor, Call):
            return factor.op.apply(tuple(map(self, factor.inputs)))
        return self.leaf(factor) if factor.label else self.number(factor.data)

    def _sum(self, x: Expression) -> Any:
        x = opened(x)
        terms = sorted(x.terms.items(), key=lambda term: term[1] < 0) if _starts_negative(x) else x.terms.items()
        result = None
        for product, c in terms:
            term = self._product(product, abs(c))
            if result is None:
                result = term if c >= 0 else neg.apply((term,))
            else:
                result = (add if c >= 0 else sub).apply((result, term))
        return self.number(0.0) if result is None else result

    def _product(self, product: Product, c: Fraction) -> Any:
        over, under = _fraction(c)
        numerator = self._factors(over, [(base, n) for base, n in product if n > 0])
        if under == 1 and all(n > 0 for _, n in product):
            return numerator
        return div.apply((numerator, self._factors(under, [(base, -n) for base, n in product if n < 0])))

    def _factors(self, c: float, powers: Sequence[tuple[Factor, Fraction]]) -> Any:
        """Return a number times powers. Written formulas have no sign between a number and a name or a bracket."""
        pieces = [_power(self(base), n) for base, n in powers]
        if pieces and c != 1:
            number = self.number(c)
            is_joined = isinstance(number, Written) and powers[0][0].rank[0] in (NAME, SUM) and powers[0][1] >= 1
            pieces[:1] = [number.beside(pieces[0])] if is_joined else [number, pieces[0]]
        result = pieces[0] if pieces else self.number(c)
        for piece in pieces[1:]:
            result = mul.apply((result, piece))
        return result


def _power(base: Any, n: Fraction) -> Any:
    if n == Fraction(1, 2):
        return sqrt.apply((base,))
    return base if n == 1 else power.apply((base, float(n)))


def _starts_negative(x: Expression) -> bool:
    return next(iter(x.terms.values()), 0) < 0


def _fraction(c: Fraction) -> tuple[float, float]:
    """Return numerator and denominator as floats: 3/4 and 1/3 as they are, 3/10 and 0.123456 as a decimal number."""
    if c.denominator % 5 and c.denominator <= MAX_DENOMINATOR:
        return _as_float(Fraction(c.numerator)), float(c.denominator)
    return _as_float(c), 1.0


def _as_float(c: Fraction) -> float:
    try:
        return float(c)
    except OverflowError:
        return math.inf
