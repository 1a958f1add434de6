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
from typing import Any, TypeAlias

from autograd.operand import Operand
from autograd.operation import Op
from autograd.ops import AUXILIARY, COMPARISONS, TABLE, add, div, dot, mean, mul, neg, pow, power, sub, total, where
from autograd.sums import MAX_TERMS

MAX_DENOMINATOR = 1000
MAX_EXPONENT = 16  # powers of numbers are computed up to this exponent
MAX_KEY = 20_000  # number of characters

NAME, POWER, CALL, SUM = range(4)  # the order of factors


class Factor:
    """The base of a power. Factors with the same `key` are equal. In a product, they are in the order of their `rank`.

    `is_positive` and `is_nonnegative` hold wherever the factor is defined; `is_total` if it is defined everywhere.
    """

    __slots__ = ("is_nonnegative", "is_positive", "is_total", "key", "rank")

    def __init__(self, rank: tuple[int, int], key: str, sign: str, is_total: bool) -> None:
        if len(key) > MAX_KEY:
            raise ValueError("the formula is too long; keep=[u] writes an intermediate node u by its name")
        self.rank, self.key, self.is_total = rank, key, is_total
        self.is_positive, self.is_nonnegative = sign == ">0", sign != ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Factor) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


Power: TypeAlias = tuple[Factor, Fraction]
Product: TypeAlias = tuple[Power, ...]


class Name(Factor):
    """A name, in a product at its `place` among the names; without a label, a number that is no fraction: nan or ±∞."""

    __slots__ = ("data", "label")

    def __init__(self, label: str, place: int = 0, *, data: float = math.nan, sign: str = "") -> None:
        super().__init__((NAME, place), repr(label) if label else repr(data), sign, is_total=True)
        self.label, self.data = label, data


class Call(Factor):
    """An operation applied to expressions."""

    __slots__ = ("inputs", "op")

    def __init__(self, op: Op, inputs: tuple[Expression, ...]) -> None:
        name = op.name if TABLE.get(op.name) is op or op in COMPARISONS else f"{op.name} at {id(op)}"
        is_total = all(x.is_total for x in inputs) and (not op.domain or op is where)
        super().__init__(
            (POWER if op is pow else CALL, 0), f"{name}({', '.join(x.key for x in inputs)})", op.sign, is_total
        )
        self.op, self.inputs = op, inputs


class Expression(Factor, Operand):
    """A sum of products: `terms` is a dict from products of powers to their coefficients, in the order of writing."""

    __slots__ = ("terms",)

    def __init__(self, terms: dict[Product, Fraction]) -> None:
        self.terms = terms
        keys = sorted(f"{c}" + "".join(f" {base.key}^{n}" for base, n in product) for product, c in terms.items())
        is_total = all((base.is_total and _is_total(n)) or base.is_positive for p in terms for base, n in p)
        super().__init__((SUM, 0), f"[{' + '.join(keys)}]", self._sign(), is_total)

    def _sign(self) -> str:
        """Return ">0" or "≥0" if the signs of all terms say so, or else ""."""
        signs = [_sign(product) if c > 0 else "" for product, c in self.terms.items()]
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
    near = Fraction(x).limit_denominator(MAX_DENOMINATOR)
    exact = near if float(near) == x else Fraction(repr(x))
    return Expression({(): exact} if exact else {})


def single(factor: Factor) -> Expression:
    """Return a single name or call as an expression."""
    return Expression({((factor, Fraction(1)),): Fraction(1)})


def _sign(product: Product) -> str:
    if all(base.is_positive for base, _ in product):
        return ">0"
    return "≥0" if all(base.is_nonnegative or n % 2 == 0 for base, n in product) else ""


def _is_total(n: Fraction) -> bool:
    return n >= 0 and n.denominator == 1


def _term(c: Fraction, powers: Iterable[Power]) -> Expression:
    product = tuple(sorted(powers, key=lambda power: (power[0].rank, power[0].key, power[1])))
    base = product[0][0] if len(product) == 1 and product[0][1] == 1 else None
    if isinstance(base, Expression) and abs(c) == 1:
        return Expression({inner: c * d for inner, d in base.terms.items()})
    return Expression(_cancelled({product: c}) if c else {})


def _are_mergeable(base: Factor, m: Fraction, n: Fraction) -> bool:
    """Return True if base ** m * base ** n is defined where base ** (m + n) is."""
    has_pole, has_root = min(m, n) < 0, m.denominator > 1 or n.denominator > 1
    return (base.is_positive or has_pole == (m + n < 0)) and (
        base.is_nonnegative or has_root == ((m + n).denominator > 1)
    )


def _multiplied(powers: Iterable[Power], base: Factor, n: Fraction) -> Iterable[Power]:
    for other, m in powers:
        if other == base and _are_mergeable(base, m, n):
            rest = [power for power in powers if power != (other, m)]
            return _multiplied(rest, base, m + n) if m + n else rest
    return [*powers, (base, n)]


def _times(a: Expression, b: Expression) -> Expression:
    for x, other in ((a, b), (b, a)):
        c, product = x.split()
        choice = _choice(product)
        if choice and c == 1 and other.terms and (other.number is not None or _has_zero(choice)):
            condition, *branches = choice.inputs
            return _where(condition, *(_times(branch, other) for branch in branches))
    (c, powers), (d, others) = a.split(), b.split()
    return _term(c * d, reduce(lambda found, power: _multiplied(found, *power), others, powers))


def _has_zero(choice: Call) -> bool:
    """Return True if a factor is better written in the branches, since it vanishes in one."""
    inner = [_choice(branch.split()[1]) for branch in choice.inputs[1:]]
    return any(not branch.terms for branch in choice.inputs[1:]) or any(x is not None and _has_zero(x) for x in inner)


def _choice(product: Product) -> Call | None:
    """Return the call of `where` that is all of a product, or None."""
    base = product[0][0] if len(product) == 1 and product[0][1] == 1 else None
    return base if isinstance(base, Call) and base.op is where else None


def _plus(*xs: Expression) -> Expression:
    terms: dict[Product, Fraction] = {}
    for x in xs:
        for product, c in x.terms.items():
            terms[product] = terms.get(product, Fraction(0)) + c
    # A term that is not defined everywhere stays with the coefficient 0, as in 0 / x.
    return _joined(_cancelled({p: c for p, c in terms.items() if c or not Expression({p: c}).is_total}))


def _cancelled(terms: dict[Product, Fraction]) -> dict[Product, Fraction]:
    """Cancel x / x in a sum if another part of it is undefined at x = 0, such as 1 / x or log(x)."""
    for base in [base for product in terms for base, n in product if n < 0 and _is_divided(product, base)]:
        if any(_excludes_zero(product, base) for product in terms):
            return _plus(*(_term(c, _joined_powers(product, base)) for product, c in terms.items())).terms
    return terms


def _joined_powers(product: Product, base: Factor) -> list[Power]:
    """Return the product with one power of `base`, or none if its exponent is 0."""
    n = sum((n for other, n in product if other == base), Fraction(0))
    return [*(power for power in product if power[0] != base), *([(base, n)] if n else [])]


def _is_divided(product: Product, base: Factor) -> bool:
    """Return True if whole powers of `base` are in the numerator and in the denominator."""
    own = [n for other, n in product if other == base]
    return len(own) > 1 and all(n.denominator == 1 for n in own)


def _excludes_zero(product: Product, base: Factor) -> bool:
    """Return True if a product is undefined where `base` is 0."""
    own = [n for other, n in product if other == base]
    return (len(own) == 1 and own[0] < 0) or any(
        isinstance(call, Call)
        and len(call.inputs) == 1
        and base in [other for other, n in call.inputs[0].split()[1] if n > 0]
        and not math.isfinite(_at_zero(call.op))
        for call, _ in product
    )


def _at_zero(op: Op) -> float:
    try:
        return op.evaluate([0.0])
    except Exception:  # a user's own operation may raise anything
        return math.nan


def _joined(terms: dict[Product, Fraction]) -> Expression:
    """Return the sum of the terms, in which choices by the same condition are one."""
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
    if n == 1 or (is_whole and all(_are_powers_mergeable(base, m, n) for base, m in product)):
        return _term(c**n.numerator, [(base, m * n) for base, m in product])
    return _term(Fraction(1), [(x, n)])


def _are_powers_mergeable(base: Factor, m: Fraction, n: Fraction) -> bool:
    """Return True if (base ** m) ** n is defined where base ** (m * n) is, for a whole n."""
    has_pole = m < 0 or n < 0
    return (base.is_positive or has_pole == (m * n < 0)) and (
        base.is_nonnegative or m.denominator == (m * n).denominator
    )


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
    where: _where,
}
