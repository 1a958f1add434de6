"""The common part of all output formats for formulas.

A `Written` formula is an operand: an operation applied to it returns a longer formula. So the rule of an operation,
applied to names instead of numbers, returns the formulas of its local derivatives:

    >>> from autograd.ops import div, tanh
    >>> from autograd.printing.text import Text
    >>> tanh.partials([Text.name("x")], Text.name("y"))[0].code
    'sech(x)²'
    >>> div.partials([Text.name("a"), Text.name("b")], Text.name("y"))[1].code
    '-y/b'

The `notation` of an operation determines how it is written. Brackets appear only where precedence requires them, and
terms 0 and factors 1 are left out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import reduce
from itertools import groupby
from typing import Any, ClassVar, Self

from autograd.operand import Operand
from autograd.operation import Op
from autograd.ops import COMPARISONS, add, div, mul, neg, power, sub
from autograd.printing.precedence import ATOM, CASES, FRACTION, POWER, PRODUCT, SUM
from autograd.terminal import printable

MAX_ARGUMENTS = 6  # a longer list of arguments is abbreviated
MAX_DENOMINATOR = 1000

_COMPARISONS = {op.notation for op in COMPARISONS}


def check_digits(digits: int) -> int:
    """Return the number of significant digits to write. Raise a ValueError if it is not an integer from 1 to 17."""
    if isinstance(digits, bool) or not isinstance(digits, int) or not 1 <= digits <= 17:
        raise ValueError(f"digits must be an integer from 1 to 17, got {digits!r}")
    return digits


class Written(Operand):
    """A formula in one output format: its `code`, the precedence `level` of that code, and its value `data`.

    A comparison has the value 1 or 0 and is written in square brackets; `condition` is its code without them.
    """

    __slots__ = ("code", "condition", "data", "level", "rows")

    minus: ClassVar[str]  # the prefix of negative numbers and products
    signs: ClassVar[dict[str, str]]  # the infix operators, with the space around them
    forms: ClassVar[dict[str, str]]  # brackets, roots and the like, with %s in place of their parts

    def __init__(self, code: str, level: int = ATOM, data: float = math.nan) -> None:
        self.code, self.level, self.data, self.condition = code, level, data, code
        self.rows = "", self.inside(SUM)  # of cases: all but the last, and the last

    # Each output format implements these.

    @classmethod
    def name(cls, label: str, data: float = math.nan) -> Self:
        """Write a name with the value `data`."""
        raise NotImplementedError

    # All output formats share these. Plain text, which has no fractions and exponents, replaces some of them.

    @classmethod
    def digits(cls, x: float, significant: int) -> tuple[str, int]:
        """Return code and level of a nonnegative number, rounded to `significant` digits."""
        if not math.isfinite(x):
            return cls.forms["inf" if x > 0 else "nan"], ATOM
        mantissa, _, exponent = f"{x:.{significant}g}".partition("e")
        if not exponent:
            return cls.forms["number"] % mantissa, ATOM
        factor = "" if mantissa == "1" else cls.forms["number"] % mantissa + cls.signs["*"]
        return factor + cls.forms["power of 10"] % cls.number(int(exponent)).code, PRODUCT

    @classmethod
    def fraction(cls, a: Written, b: Written) -> tuple[str, int]:
        """Return code and level of the fraction a/b."""
        return cls.forms["/"] % (a.code, b.code), FRACTION

    @classmethod
    def superscript(cls, base: str, exponent: Written) -> str:
        """Write `base` raised to `exponent`."""
        return cls.forms["**"] % (base, exponent.code)

    @classmethod
    def exponential(cls, x: Written) -> tuple[str, int]:
        """Return code and level of e raised to x."""
        return cls.forms["e"] % x.code, POWER

    @classmethod
    def bracket(cls, code: str, square: bool = False) -> str:
        """Put `code` in round or `square` brackets."""
        return cls.forms["[]" if square else "()"] % code

    @classmethod
    def call(cls, function: str, inputs: str) -> str:
        """Write a function call."""
        return function + cls.bracket(inputs)

    @classmethod
    def partial(cls, y: Written, x: Written, *, data: float = math.nan) -> Self:
        """Write the local derivative ∂y/∂x."""
        return cls(cls.forms["∂"] % (y.inside(ATOM), x.inside(ATOM)), ATOM, data)

    @classmethod
    def derivative(cls, y: Written, x: Written) -> Self:
        """Write the total derivative dy/dx, along all paths from x to y."""
        return cls(cls.forms["d"] % (y.inside(ATOM), x.inside(ATOM)))

    @classmethod
    def number(cls, x: float, significant: int = 6) -> Self:
        """Write a number rounded to `significant` digits, or as a fraction such as 1/3 if it is a long reciprocal."""
        code, level = cls.digits(abs(x), significant)
        if 1 / MAX_DENOMINATOR < abs(x) < 1 and len(repr(abs(x))) > significant + 2 and (1 / x).is_integer():
            code, level = cls.fraction(cls.number(1.0), cls.number(1 / abs(x)))
        return cls(cls.minus + code, PRODUCT, x) if x < 0 else cls(code, level, x)

    def _apply(self, op: Op, inputs: Sequence[Any]) -> Any:
        simpler = _SIMPLER[op](*inputs) if op in _SIMPLER else None
        return self.write(op, inputs) if simpler is None else simpler

    @classmethod
    def write(cls, op: Op, inputs: Sequence[Any]) -> Self:
        """Write `op` applied to `inputs`, which are formulas or numbers."""
        if callable(op.notation):
            with suppress(Exception):  # a user's own notation may raise anything
                return cls.of(op.notation(inputs) if op.variadic else op.notation(*inputs))
        pieces = [cls.of(x) for x in inputs]
        if isinstance(op.notation, str) and op.notation:
            code, level = cls._form(op.notation, pieces)
        else:
            code, level = cls._call(op.name, pieces), ATOM
        written = cls(code, level, _evaluated(op, pieces))
        if op.notation in _COMPARISONS:
            written.code = cls.bracket(code, square=True)
        if op.notation == "cases":
            written.rows = cls._rows(pieces)
        return written

    @classmethod
    def _rows(cls, inputs: Sequence[Self]) -> tuple[str, str]:
        condition, a, b = inputs
        shown = condition.inside(SUM) if condition.condition == condition.code else condition.condition
        return cls.forms["if"] % (a.inside(SUM), shown) + b.rows[0], b.rows[1]

    @classmethod
    def of(cls, x: Any) -> Self:
        """Return `x` if it is a formula; write it if it is a number."""
        return x if isinstance(x, cls) else cls.number(float(x))

    @classmethod
    def _form(cls, notation: str, inputs: Sequence[Self]) -> tuple[str, int]:  # noqa: PLR0911, PLR0912 - one case a form
        first, last = (inputs[0], inputs[-1]) if inputs else (cls(""), cls(""))
        match notation, len(inputs):
            case "-", 1:
                return cls.minus + first.inside(PRODUCT, right=True), PRODUCT
            case "+", 2 if last.negative and last.level == PRODUCT:
                return cls.between(first.inside(SUM), "-", last.code.removeprefix(cls.minus)), SUM
            case "+", 2:
                return cls.between(first.inside(SUM), "+", last.inside(SUM, right=True)), SUM
            case "-", 2:
                return cls.between(first.inside(SUM), "-", last.inside(PRODUCT, right=True)), SUM
            case "*", 2:
                return cls.between(first.inside(PRODUCT), "*", last.inside(PRODUCT, right=True)), PRODUCT
            case "/", 2:
                return cls.fraction(first, last)
            case "%", 2:
                return cls.between(first.inside(PRODUCT), "%", last.inside(FRACTION, right=True)), SUM
            case "⌊", 2:
                return cls.forms["⌊"] % cls.fraction(first, last)[0], ATOM
            case "**", 2:
                return cls.superscript(first.inside(ATOM), last), POWER
            case "<" | "≤" | ">" | "≥", 2:
                return cls.between(first.inside(SUM), notation, last.inside(SUM)), ATOM
            case "√" | "|", 1:
                return cls.forms[notation] % first.code, ATOM
            case "e", 1:
                return cls.exponential(first)
            case "cases", 3:
                return cls.forms["cases"] % cls._rows(inputs), CASES
        return cls._call(notation, inputs), ATOM

    @classmethod
    def _call(cls, function: str, inputs: Sequence[Self]) -> str:
        if len(inputs) > MAX_ARGUMENTS:
            inputs = [*inputs[:2], cls.name("…"), inputs[-1]]
        return cls.call(printable(function), cls.signs[","].join(x.code for x in inputs))

    @classmethod
    def between(cls, a: str, sign: str, b: str) -> str:
        """Join two pieces by an infix operator."""
        return f"{a}{cls.signs[sign]}{b}"

    @classmethod
    def equal(cls, *pieces: Written | str) -> str:
        """Join pieces by equals signs. A piece that repeats the one before it is skipped."""
        return cls.signs["="].join(cls.sides(*pieces))

    @classmethod
    def sides(cls, *pieces: Written | str) -> list[str]:
        """Return the sides of an equation. A piece that repeats the one before it is skipped."""
        codes = (piece if isinstance(piece, str) else cls.side(piece) for piece in pieces)
        return [code for code, _ in groupby(codes)]

    @staticmethod
    def side(piece: Written) -> str:
        """Return the code of a formula as one side of an equation."""
        return piece.code

    @classmethod
    def equations(cls, equations: Sequence[Sequence[str]]) -> str:
        """Write equations, given by their sides, below each other, aligned at their equals signs."""
        if sum(len(sides) - 1 for sides in equations) == 1:
            return cls.signs["="].join(equations[0])
        return cls.aligned([(left if i == 0 else "", side) for left, *rest in equations for i, side in enumerate(rest)])

    @classmethod
    def aligned(cls, rows: Sequence[tuple[str, str]]) -> str:
        """Write rows of a left side, which may be empty, an equals sign and a right side."""
        raise NotImplementedError

    @classmethod
    def product(cls, factors: Sequence[Self]) -> Self:
        """Write the product of `factors`, without simplifying it."""
        return reduce(lambda a, b: cls.write(mul, [a, b]), factors)

    @classmethod
    def total(cls, terms: Sequence[Self]) -> Self:
        """Write the sum of `terms`, without simplifying it; an empty sum is 0."""
        return reduce(lambda a, b: cls.write(add, [a, b]), terms) if terms else cls.number(0.0)

    def beside(self, x: Self) -> Self:
        """Write a number in front of a name or a bracket without a sign: 2x, 6(x + 1)². It must not read as 2e5."""
        is_unclear = self.level < ATOM or re.search(r"\de", self.code) or re.match(r"[eE]\d", x.code)
        code = self.between(self.inside(PRODUCT), "*" if is_unclear else "", x.inside(PRODUCT, right=True))
        return type(self)(code, PRODUCT)

    def inside(self, level: int, right: bool = False) -> str:
        """Return the code as an operand of an operator of this `level`, in brackets if needed.

        A negative operand needs brackets on the `right` of an operator.
        """
        return self.bracket(self.code) if self.level < level or (right and self.negative) else self.code

    @property
    def is_number(self) -> bool:
        """True if the formula is a single number."""
        return not math.isnan(self.data) and self.code == self.number(self.data).code

    @property
    def negative(self) -> bool:
        """True if the code starts with a minus sign."""
        return self.code.startswith(self.minus)

    def __bool__(self) -> bool:
        return self.data != 0.0


def _evaluated(op: Op, inputs: Sequence[Written]) -> float:
    try:
        return op.evaluate([x.data for x in inputs])
    except Exception:  # a user's own operation may raise anything
        return math.nan


def _is(x: Any, number: float) -> bool:
    return not isinstance(x, Written) and x == number


def _simpler_product(a: Any, b: Any) -> Any:
    for x, other in ((a, b), (b, a)):
        if _is(x, 0):
            return 0.0
        if _is(x, 1):
            return other
        if _is(x, -1):
            return neg(other)
    return None


_SIMPLER: dict[Op, Callable[[Any, Any], Any]] = {
    add: lambda a, b: b if _is(a, 0) else a if _is(b, 0) else None,
    sub: lambda a, b: neg(b) if _is(a, 0) else a if _is(b, 0) else None,
    mul: _simpler_product,
    div: lambda a, b: a if _is(b, 1) else 0.0 if _is(a, 0) else None,
    power: lambda x, n: x if _is(n, 1) else 1.0 if _is(n, 0) else None,
}
