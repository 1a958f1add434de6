"""`Rounded`: an operand that holds all numbers to which rounding can lead, as an interval.

A graph, the rule of an operation or a backward pass, put through `Rounded` numbers instead of floats, gives all results
of a calculation in which each intermediate number may be rounded. Numbers that need no rounding stay exact.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any

from autograd.operand import Operand
from autograd.operation import Op

_MAX_CORNERS = 3  # number of inputs of which all combinations of ends are tried


class Rounded(Operand):
    """All numbers from `low` to `high`, around the exact number `data`, for calculations with so many `digits`.

    >>> third = Rounded(1.0, 3) / 3.0
    >>> third.low, (third * 2.0).high
    (0.333, 0.6676666666666664)
    >>> Rounded(10.01, 3) * 1.0 - 10.0  # given numbers are exact
    Rounded(0.01 to 0.01)
    """

    __slots__ = ("data", "digits", "high", "low")

    def __init__(self, data: float, digits: int, low: float | None = None, high: float | None = None) -> None:
        self.data, self.digits = data, digits
        self.low, self.high = data if low is None else low, data if high is None else high

    def rounded(self, digits: int) -> Rounded:
        """Return the interval with the numbers that rounding to so many digits, or to more, adds."""
        low, high = self.low - _rounding(self.low, digits), self.high + _rounding(self.high, digits)
        return Rounded(self.data, self.digits, low, high)

    @property
    def margin(self) -> float:
        """The largest distance of a number in the interval from `data`."""
        return max(self.high - self.data, self.data - self.low)

    def _apply(self, op: Op, inputs: Sequence[Any]) -> Rounded:
        parts = [x if isinstance(x, Rounded) else Rounded(float(x), self.digits) for x in inputs]
        data = _value(op, [x.data for x in parts])
        numbers = [data, *(_value(op, corner) for corner in _corners(op, parts))]
        if any(map(math.isnan, numbers)):
            return Rounded(data, self.digits, -math.inf, math.inf)
        result = Rounded(data, self.digits, min(numbers), max(numbers))
        return result if any(map(result._is_copy, parts)) else result.rounded(self.digits)

    def _is_copy(self, x: Rounded) -> bool:
        """Return True if this is the number x or -x, which is not rounded again."""
        return (self.low, self.high) in ((x.low, x.high), (-x.high, -x.low))

    def __repr__(self) -> str:
        return f"Rounded({self.low:.10g} to {self.high:.10g})"


def _corners(op: Op, parts: Sequence[Rounded]) -> Iterable[Sequence[float]]:
    """Return the points at which `op` is largest and smallest: all corners, or two if there are many inputs."""
    if sum(x.low < x.high for x in parts) <= _MAX_CORNERS:
        return product(*({x.low, x.high} for x in parts))
    row = _row(op, [x.data for x in parts])
    return [[x.high if (d >= 0) is up else x.low for x, d in zip(parts, row)] for up in (True, False)]


def _rounding(x: float, digits: int) -> float:
    """Return how far rounding `x` to so many digits moves it. Rounding to more digits moves it less, perhaps back."""
    return abs(round_to(x, digits) - x) if math.isfinite(x) else 0.0


def _value(op: Op, inputs: Sequence[float]) -> float:
    try:
        return op.evaluate(inputs)
    except (ArithmeticError, ValueError, TypeError):  # outside the domain of a user's operation
        return math.nan


def _row(op: Op, inputs: Sequence[float]) -> Sequence[float]:
    try:
        return op.linearize(inputs)[1]
    except (ArithmeticError, ValueError, TypeError):
        return [1.0] * len(inputs)


def round_to(x: float, digits: int) -> float:
    """Round `x` to so many significant digits.

    >>> round_to(0.0123456, 3), round_to(-12345.0, 2)
    (0.0123, -12000.0)
    """
    return float(f"{x:.{digits}g}")


def unit(x: float, digits: int) -> float:
    """Return the unit in the last place of `x` with so many significant digits; 0 for 0 and what is not finite.

    >>> unit(0.0123, 3)
    0.0001
    """
    return 10.0 ** (math.floor(math.log10(abs(x))) + 1 - digits) if x and math.isfinite(x) else 0.0


def significant_digits(x: float, most: int = 15) -> int:
    """Count the significant digits of `x`, without zeros at the end and up to `most`.

    >>> significant_digits(0.0250), significant_digits(1200.0), significant_digits(1 / 3)
    (2, 2, 15)
    """
    return len(f"{x:.{most - 1}e}".partition("e")[0].replace(".", "").lstrip("-0").rstrip("0"))


def digits_shown(given: float, exact: float) -> int:
    """Count the digits with which `given` shows that it was computed; 0 if `exact` has few digits itself.

    >>> digits_shown(0.3333, 1 / 3), digits_shown(0.3339, 1 / 3), digits_shown(0.125, 0.125)
    (4, 2, 0)
    """
    if not (math.isfinite(exact) and exact and significant_digits(exact, 12) > 8):
        return 0
    most = significant_digits(given)
    right = [d for d in range(1, most + 1) if abs(given - exact) <= 0.5 * unit(exact, d) * (1 + 1e-12)]
    return max(right, default=0)
