"""Formulas as sums of products of powers, simplified where this changes neither a value nor the domain.

An `Expression` is an operand: an operation applied to it returns a simplified expression. So the rules of the
operations, applied to expressions, return simplified derivatives.

Numbers are exact fractions. Equal terms are added, and powers of equal factors are multiplied, unless that would extend
the domain: x / x stays, as it is undefined at 0, while exp(x) / exp(x) is 1. A function of an expression is a factor of
its own, about which only its sign and its domain in the table of operations are known.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import reduce
from typing import Any

from autograd.operand import Operand
from autograd.operation import Op
from autograd.ops import AUXILIARY, COMPARISONS, add, div, dot, log, mean, mul, neg, pow, power, sqrt, sub, total, where
from autograd.printing.factors import (
    NAME,
    SUM,
    Call,
    Factor,
    Name,
    Power,
    Product,
    are_mergeable,
    are_powers_mergeable,
    excludes_zero,
    is_divided,
    is_total,
    sign_of,
)
from autograd.sums import MAX_TERMS

MAX_DENOMINATOR = 1000
# Numbers in rules and formulas that are written as functions of whole numbers.
_CONSTANTS = {math.log(2): (log, 2.0), math.log(10): (log, 10.0), math.sqrt(2): (sqrt, 2.0)}
MAX_EXPONENT = 16  # powers of numbers are computed up to this exponent


class Expression(Factor, Operand):
    """A sum of products: `terms` is a dict from products of powers to their coefficients, in the order of writing."""

    __slots__ = ("terms",)

    def __init__(self, terms: dict[Product, Fraction]) -> None:
        self.terms = terms
        keys = sorted(f"{c}" + "".join(f" {base.key}^{n}" for base, n in product) for product, c in terms.items())
        weight = sum(base.weight for product in terms for base, _ in product)
        super().__init__((SUM, 0), f"[{' + '.join(keys)}]", self._sign(), all(map(is_total, terms)), weight)

    def _sign(self) -> str:
        """Return ">0" or "≥0" if the signs of all terms say so, or else ""."""
        signs = [sign_of(product) if c > 0 else "" for product, c in self.terms.items()]
        return "" if "" in signs else ">0" if ">0" in signs else "≥0"

    def _apply(self, op: Op, inputs: Iterable[Any]) -> Expression:
        xs = [expression(x) for x in inputs]
        if op in _RULES:
            return _RULES[op](*xs)
        if op in COMPARISONS and all(x.number is not None for x in xs):
            return expression(op.evaluate([float(x.number or 0) for x in xs]))
        if op in AUXILIARY and callable(op.notation):
            return expression(op.notation(*xs))
        if op in (total, dot, mean) and len(xs) <= 2 * MAX_TERMS + 1:
            return expression(op.notation(xs))  # type: ignore[operator]
        return single(Call(op, tuple(xs)))

    def __bool__(self) -> bool:
        raise TypeError("a formula is neither true nor false: instead of a branch, use where(condition, a, b)")

    def __repr__(self) -> str:
        return f"Expression({self.key})"

    @property
    def number(self) -> Fraction | None:
        """The number, if the expression is one."""
        return None if set(self.terms) - {()} else self.terms.get((), Fraction(0))

    def split(self) -> tuple[Fraction, Product]:
        """Return the expression as a coefficient and a product of powers."""
        if not self.terms:
            return Fraction(0), ()
        if len(self.terms) > 1:
            return Fraction(1), ((self, Fraction(1)),)
        ((product, c),) = self.terms.items()
        return c, product


def expression(x: Any) -> Expression:
    """Return an expression unchanged; convert a number."""
    if isinstance(x, Expression):
        return x
    x = float(x)
    if not math.isfinite(x):
        return single(Name("", data=x))
    if x in _CONSTANTS:
        op, n = _CONSTANTS[x]
        return expression(op(expression(n)))
    near = Fraction(x).limit_denominator(MAX_DENOMINATOR)
    exact = near if float(near) == x else Fraction(repr(x))
    return Expression({(): exact} if exact else {})


def single(factor: Factor) -> Expression:
    """Return a single name or call as an expression."""
    return Expression({((factor, Fraction(1)),): Fraction(1)})


def _is_single(product: Product) -> bool:
    """Return True if a product is one factor."""
    return len(product) == 1 and product[0][1] == 1


def _term(c: Fraction, powers: Iterable[Power]) -> Expression:
    rest = []
    for base, n in powers:
        number = base.number if isinstance(base, Expression) and n.denominator == 1 and abs(n) <= MAX_EXPONENT else None
        if number:  # such as the square of √2
            c *= number**n.numerator
        else:
            rest.append((base, n))
    product = tuple(sorted(rest, key=lambda power: (power[0].rank, power[0].key, power[1])))
    whole = product[0][0] if _is_single(product) else None
    if isinstance(whole, Expression) and c == 1:
        return whole
    return Expression(_cancelled({product: c}) if c else {})


def _multiplied(c: Fraction, powers: Product, base: Factor, n: Fraction) -> tuple[Fraction, Product]:
    """Multiply a coefficient and powers by a further power. Powers of a - b and b - a are powers of one factor."""
    for other, m in powers:
        is_opposite = n.denominator == 1 and _are_opposite(other, base)
        if (other == base or is_opposite) and are_mergeable(other, m, n):
            rest = tuple(power for power in powers if power != (other, m))
            signed = -c if is_opposite and n % 2 else c
            return _multiplied(signed, rest, other, m + n) if m + n else (signed, rest)
    return c, (*powers, (base, n))


def _are_opposite(a: Factor, b: Factor) -> bool:
    return isinstance(a, Expression) and isinstance(b, Expression) and a.terms == {p: -c for p, c in b.terms.items()}


def _times(a: Expression, b: Expression) -> Expression:
    for x, other in ((a, b), (b, a)):
        c, product = x.split()
        choice = _choice(product)
        if choice and c == 1 and other.terms and (_is_short(other) or _has_zero(choice)):
            condition, *branches = choice.inputs
            return _where(condition, *(_times(branch, other) for branch in branches))
    (c, powers), (d, others) = a.split(), b.split()
    result = _term(*reduce(lambda found, power: _multiplied(*found, *power), others, (c * d, powers)))
    return min([result, *_distributed(a, b), *_distributed(b, a)], key=lambda x: x.weight)


def _distributed(a: Expression, b: Expression) -> list[Expression]:
    """Return the product with a sum `a` multiplied out, if factors may cancel."""
    if len(a.terms) < 2 or len(b.terms) > 1 or b.number is not None:
        return []
    return [_plus(*(_times(Expression({product: c}), b) for product, c in a.terms.items()))]


def _is_short(x: Expression) -> bool:
    return all(base.rank[0] == NAME for base, _ in x.split()[1])


def _has_zero(choice: Call) -> bool:
    """Return True if a factor is better written in the branches, since it vanishes in one."""
    inner = [_choice(branch.split()[1]) for branch in choice.inputs[1:]]
    return any(not branch.terms for branch in choice.inputs[1:]) or any(x is not None and _has_zero(x) for x in inner)


def _choice(product: Product) -> Call | None:
    """Return the call of `where` that is all of a product, or None."""
    base = product[0][0] if _is_single(product) else None
    return base if isinstance(base, Call) and base.op is where else None


def _plus(*xs: Expression) -> Expression:
    terms: dict[Product, Fraction] = {}
    for product, c in (term for x in xs for term in opened(x).terms.items()):
        terms[product] = terms.get(product, Fraction(0)) + c
    # A term that is not defined everywhere stays with the coefficient 0, as in 0 / x.
    return _joined(_cancelled({p: c for p, c in terms.items() if c or not is_total(p)}))


def opened(x: Expression) -> Expression:
    """Return -(a - b) as the sum b - a."""
    c, product = x.split()
    base = product[0][0] if _is_single(product) else None
    return Expression({p: -d for p, d in base.terms.items()}) if isinstance(base, Expression) and c == -1 else x


def _cancelled(terms: dict[Product, Fraction]) -> dict[Product, Fraction]:
    """Cancel x / x in a sum if another part of it is undefined at x = 0, such as 1 / x or log(x)."""
    for base in [base for product in terms for base, n in product if n < 0 and is_divided(product, base)]:
        if any(excludes_zero(product, base) for product in terms):
            return _plus(*(_term(c, _joined_powers(product, base)) for product, c in terms.items())).terms
    return terms


def _joined_powers(product: Product, base: Factor) -> list[Power]:
    """Return the product with one power of `base`, or none if its exponent is 0."""
    n = sum((n for other, n in product if other == base), Fraction(0))
    return [*(power for power in product if power[0] != base), *([(base, n)] if n else [])]


def _joined(terms: dict[Product, Fraction]) -> Expression:
    """Return the sum of the terms. Choices with the same condition are joined."""
    groups: dict[Expression, list[tuple[Product, Call]]] = {}
    for product in terms:
        if choice := _choice(product):
            groups.setdefault(choice.inputs[0], []).append((product, choice))
    for condition, group in groups.items():
        if len(group) > 1:
            scaled = [(expression(terms.pop(product)), choice.inputs) for product, choice in group]
            branches = (_plus(*(_times(c, inputs[i]) for c, inputs in scaled)) for i in (1, 2))
            return _plus(Expression(terms), _where(condition, *branches))
    return Expression(terms)


def _to_the(x: Expression, n: Fraction) -> Expression:
    if n == 0:
        return expression(1.0)
    c, product = x.split()
    is_whole = n.denominator == 1 and abs(n) <= MAX_EXPONENT and (c != 0 or n > 0)
    if n == 1 or (is_whole and all(are_powers_mergeable(base, m, n) for base, m in product)):
        return _term(c**n.numerator, [(base, m * n) for base, m in product])
    return _term(Fraction(1), [(product[0][0] if c == 1 and _is_single(product) else x, n)])


def _pow(a: Expression, b: Expression) -> Expression:
    return single(Call(pow, (a, b))) if b.number is None else _to_the(a, b.number)


def _where(condition: Expression, a: Expression, b: Expression) -> Expression:
    if condition.number is not None:
        return a if condition.number else b
    return a if a == b else single(Call(where, (condition, a, b)))


def _negative(x: Expression) -> Expression:
    return _times(expression(-1.0), x)


_RULES: dict[Op, Callable[..., Expression]] = {
    add: _plus,
    sub: lambda a, b: _plus(a, _negative(b)),
    neg: _negative,
    mul: _times,
    div: lambda a, b: _times(a, _to_the(b, Fraction(-1))),
    power: _pow,
    pow: _pow,
    sqrt: lambda x: _to_the(x, Fraction(1, 2)),
    where: _where,
}
