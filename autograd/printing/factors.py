"""Factors of products, and what is known of their sign and their domain."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from autograd.operation import Op
from autograd.ops import COMPARISONS, TABLE, pow, where

if TYPE_CHECKING:
    from autograd.printing.algebra import Expression

MAX_KEY = 20_000  # number of characters
TOO_LONG = "the formula is too long; keep=[u] writes an intermediate node u by its name"

NAME, POWER, CALL, SUM = range(4)  # the order of factors


class Factor:
    """The base of a power. Factors with the same `key` are equal. In a product, they are in the order of their `rank`.

    The `weight` is the number of names and operations in it. The `sign` is ">0", "≥0" or "", as in the table of
    operations; `is_total` is True if the factor is defined everywhere.
    """

    __slots__ = ("is_total", "key", "rank", "sign", "weight")

    def __init__(self, rank: tuple[int, int], key: str, sign: str, is_total: bool, weight: int) -> None:
        if len(key) > MAX_KEY:
            raise ValueError(TOO_LONG)
        self.rank, self.key, self.sign, self.is_total, self.weight = rank, key, sign, is_total, weight

    @property
    def is_positive(self) -> bool:
        """True if the factor is positive wherever it is defined."""
        return self.sign == ">0"

    @property
    def is_nonnegative(self) -> bool:
        """True if the factor is positive or 0 wherever it is defined."""
        return self.sign != ""

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
        super().__init__((NAME, place), repr(label) if label else repr(data), sign, is_total=True, weight=1)
        self.label, self.data = label, data


class Call(Factor):
    """An operation applied to expressions."""

    __slots__ = ("inputs", "op")

    def __init__(self, op: Op, inputs: tuple[Expression, ...]) -> None:
        name = op.name if TABLE.get(op.name) is op or op in COMPARISONS else f"{op.name} at {id(op)}"
        is_total = all(x.is_total for x in inputs) and (not op.domain or op is where)
        rank, weight = (POWER if op is pow else CALL, 0), 1 + sum(x.weight for x in inputs)
        super().__init__(rank, f"{name}({', '.join(x.key for x in inputs)})", op.sign, is_total, weight)
        self.op, self.inputs = op, inputs


def sign_of(product: Product) -> str:
    """Return ">0" or "≥0" if the signs of the factors say so, or else ""."""
    if all(base.is_positive for base, _ in product):
        return ">0"
    return "≥0" if all(base.is_nonnegative or n % 2 == 0 or n.denominator % 2 == 0 for base, n in product) else ""


def is_total(product: Product) -> bool:
    """Return True if a product is defined everywhere."""
    return all((base.is_total and n >= 0 and n.denominator == 1) or base.is_positive for base, n in product)


def are_mergeable(base: Factor, m: Fraction, n: Fraction) -> bool:
    """Return True if base ** m * base ** n is defined where base ** (m + n) is."""
    has_pole, has_root = min(m, n) < 0, m.denominator > 1 or n.denominator > 1
    return (base.is_positive or has_pole == (m + n < 0)) and (
        base.is_nonnegative or has_root == ((m + n).denominator > 1)
    )


def are_powers_mergeable(base: Factor, m: Fraction, n: Fraction) -> bool:
    """Return True if (base ** m) ** n is defined where base ** (m * n) is, for a whole n."""
    has_pole = m < 0 or n < 0
    return (base.is_positive or has_pole == (m * n < 0)) and (
        base.is_nonnegative or m.denominator == (m * n).denominator
    )


def is_divided(product: Product, base: Factor) -> bool:
    """Return True if whole powers of `base` are in the numerator and in the denominator."""
    own = [n for other, n in product if other == base]
    return len(own) > 1 and all(n.denominator == 1 for n in own)


def excludes_zero(product: Product, base: Factor) -> bool:
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
