"""How mathematics is written: operands such that applying an operation to them writes it down.

So the rules in the table of operations write local derivatives when they are read with names:

    >>> from autograd.ops import div, tanh
    >>> from autograd.printing.text import Text
    >>> tanh.partials([Text.name("x")], Text.name("y"))[0].code
    'sech(x)²'
    >>> div.partials([Text.name("a"), Text.name("b")], Text.name("y"))[1].code
    '-y/b'

An operation says by its `notation` how it is written. Brackets are set where the order of operations needs them, and
what adds nothing is left out: 1 times, plus 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import reduce
from typing import Any, ClassVar, Self

from autograd.operand import Operand
from autograd.operation import Op
from autograd.ops import COMPARISONS, add, div, mul, neg, power, sub
from autograd.printing.precedence import ATOM, CASES, FRACTION, POWER, PRODUCT, SUM
from autograd.terminal import printable

_MOST_ARGUMENTS = 6  # of a function that are written out

_MOST_DENOMINATOR = 1000

_COMPARISONS = {op.notation for op in COMPARISONS}


class Written(Operand):
    """A piece of written mathematics: its `code`, how tightly that holds together, and the number it stands for.

    `condition` is the code of a comparison without the brackets that make it a number, 1 or 0.
    """

    __slots__ = ("code", "condition", "data", "level")

    minus: ClassVar[str]  # before a number or a product
    signs: ClassVar[dict[str, str]]  # how + - * = and the like stand between two pieces

    def __init__(self, code: str, level: int = ATOM, data: float = math.nan) -> None:
        self.code, self.level, self.data, self.condition = code, level, data, code

    # The forms; each way of writing has its own.

    @classmethod
    def name(cls, label: str, data: float = math.nan) -> Self:
        """Write the name of something whose number is `data`."""
        raise NotImplementedError

    @classmethod
    def digits(cls, x: float, significant: int) -> tuple[str, int]:
        """Write a number that is not negative, with so many significant digits."""
        raise NotImplementedError

    @staticmethod
    def bracket(code: str, square: bool = False) -> str:
        """Put `code` into brackets."""
        raise NotImplementedError

    @staticmethod
    def call(function: str, inputs: str) -> str:
        """Write a function applied to inputs."""
        raise NotImplementedError

    @staticmethod
    def fraction(a: Written, b: Written) -> tuple[str, int]:
        """Write a over b."""
        raise NotImplementedError

    @staticmethod
    def superscript(base: str, exponent: Written) -> str:
        """Write `exponent` above `base`."""
        raise NotImplementedError

    @staticmethod
    def exponential(x: Written) -> tuple[str, int]:
        """Write e to the x."""
        raise NotImplementedError

    @staticmethod
    def root(x: str) -> str:
        """Write the square root of x."""
        raise NotImplementedError

    @staticmethod
    def bars(x: str) -> str:
        """Write x between bars."""
        raise NotImplementedError

    @staticmethod
    def floor(x: str) -> str:
        """Write the largest whole number up to x."""
        raise NotImplementedError

    @staticmethod
    def cases(condition: str, a: str, b: str) -> str:
        """Write: a where the condition holds, b elsewhere."""
        raise NotImplementedError

    @staticmethod
    def partial(y: Written, x: Written) -> str:
        """Write the derivative of y by x."""
        raise NotImplementedError

    # What all ways of writing have in common.

    @classmethod
    def number(cls, x: float, significant: int = 6) -> Self:
        """Write a number with so many significant digits, or one over a whole number as that."""
        code, level = cls.digits(abs(x), significant)
        if 1 / _MOST_DENOMINATOR < abs(x) < 1 and len(repr(abs(x))) > significant + 2 and (1 / x).is_integer():
            code, level = cls.fraction(cls.number(1.0), cls.number(1 / abs(x)))
        return cls(cls.minus + code, PRODUCT, x) if x < 0 else cls(code, level, x)

    def _apply(self, op: Op, inputs: Sequence[Any]) -> Any:
        simpler = _SIMPLER[op](*inputs) if op in _SIMPLER else None
        return self.write(op, inputs) if simpler is None else simpler

    @classmethod
    def write(cls, op: Op, inputs: Sequence[Any]) -> Self:
        """Write `op` on `inputs`, which are written or numbers."""
        if callable(op.notation):
            with suppress(Exception):  # of somebody's own notation
                return cls.of(op.notation(inputs) if op.variadic else op.notation(*inputs))
        pieces = [cls.of(x) for x in inputs]
        if isinstance(op.notation, str) and op.notation:
            code, level = cls._form(op.notation, pieces)
        else:
            code, level = cls._call(op.name, pieces), ATOM
        written = cls(code, level, _evaluated(op, pieces))
        if op.notation in _COMPARISONS:
            written.code = cls.bracket(code, square=True)
        return written

    @classmethod
    def of(cls, x: Any) -> Self:
        """Return `x`, or the number `x` written."""
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
                return cls.between(first.inside(PRODUCT), "%", last.inside(FRACTION, right=True)), PRODUCT
            case "⌊", 2:
                return cls.floor(cls.fraction(first, last)[0]), ATOM
            case "**", 2:
                return cls.superscript(first.inside(ATOM), last), POWER
            case "<" | "≤" | ">" | "≥", 2:
                return cls.between(first.inside(SUM), notation, last.inside(SUM)), ATOM
            case "√", 1:
                return cls.root(first.code), ATOM
            case "|", 1:
                return cls.bars(first.code), ATOM
            case "e", 1:
                return cls.exponential(first)
            case "cases", 3:
                condition = first.inside(SUM) if first.condition == first.code else first.condition
                return cls.cases(condition, inputs[1].inside(SUM), last.inside(SUM)), CASES
        return cls._call(notation, inputs), ATOM

    @classmethod
    def _call(cls, function: str, inputs: Sequence[Self]) -> str:
        if len(inputs) > _MOST_ARGUMENTS:
            inputs = [*inputs[:2], cls.name("…"), inputs[-1]]
        return cls.call(printable(function), cls.listed([x.code for x in inputs]))

    @classmethod
    def between(cls, a: str, sign: str, b: str) -> str:
        """Write the `sign` between two pieces."""
        return f"{a}{cls.signs[sign]}{b}"

    @classmethod
    def listed(cls, pieces: Sequence[str]) -> str:
        """Write pieces with commas between them."""
        return cls.signs[","].join(pieces)

    @classmethod
    def equal(cls, *pieces: str) -> str:
        """Write that all pieces are equal."""
        return cls.signs["="].join(pieces)

    @classmethod
    def product(cls, factors: Sequence[Self]) -> Self:
        """Write a product as it stands."""
        return reduce(lambda a, b: cls.write(mul, [a, b]), factors)

    @classmethod
    def total(cls, terms: Sequence[Self]) -> str:
        """Write a sum as it stands; that of nothing is 0."""
        return reduce(lambda a, b: cls.write(add, [a, b]), terms).code if terms else cls.number(0.0).code

    def inside(self, level: int, right: bool = False) -> str:
        """Return the code as it stands in something of this `level`, perhaps on the right of a sign."""
        return self.bracket(self.code) if self.level < level or (right and self.negative) else self.code

    @property
    def is_number(self) -> bool:
        """Whether this is nothing but a number."""
        return not math.isnan(self.data) and self.code == self.number(self.data).code

    @property
    def negative(self) -> bool:
        """Whether the code starts with a minus sign."""
        return self.code.startswith(self.minus)

    def __bool__(self) -> bool:
        return self.data != 0.0


def _evaluated(op: Op, inputs: Sequence[Written]) -> float:
    try:
        return op.evaluate([x.data for x in inputs])
    except Exception:  # of somebody's own value, at a point that it does not know
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
