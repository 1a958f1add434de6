"""`Requirement`: check the range of an index or a label, at once or on each call of a compiled function."""

from __future__ import annotations

from math import nan

from autograd import recorder
from autograd.operand import Operand
from autograd.operation import as_float
from autograd.operators import number_of
from autograd.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Requirement:
    """The numbers allowed for the argument `name`: all from `low` to `high`, or only those in steps of `step`.

    >>> label = Requirement("label", -1, 1, step=2, hint="use 2 * y - 1 for labels 0 and 1")
    >>> label.check(1)
    1
    >>> label.check(0)
    Traceback (most recent call last):
    ValueError: the label must be -1 or 1, got 0; use 2 * y - 1 for labels 0 and 1

    Other numbers raise the exception `error`, whose message ends with the `hint`. While a function is compiled, numbers
    have no value yet: `check` records the requirement and returns nan, and each call of the compiled function checks
    its arguments before it computes. Requirements that allow the same numbers are equal.
    """

    def __init__(
        self,
        name: str,
        low: float,
        high: float,
        *,
        step: float = 0.0,
        hint: str = "",
        error: type[Exception] = ValueError,
    ) -> None:
        self.name, self.hint, self._error = name, hint, error
        self.numbers = float(low), float(high), float(step)

    def check(self, x: Any) -> float:
        """Return the number `x` if it meets the requirement; otherwise raise an error."""
        if x.__class__ is int or x.__class__ is float:
            number = x
        elif isinstance(x, Operand) and (active := recorder.active.get()):
            active.require(x, self)
            return nan
        else:
            number = number_of(x) if x.__class__ is Value else as_float(x, f"the {self.name}")
        if not self.fits(number):
            raise self.error(number)
        return number

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Requirement) and self.numbers == other.numbers

    def __hash__(self) -> int:
        return hash(self.numbers)

    def fits(self, x: Any, floor: Callable[[Any], Any] = lambda x: x // 1) -> Any:
        """Return True if `x` meets the requirement; for an array and its `floor`, return an array of bools."""
        low, high, step = self.numbers
        if low + step >= high:  # one or two numbers
            return (x == low) | (x == high)
        inside = (x >= low) & (x <= high)
        return inside & (floor((x - low) / step) * step == x - low) if step else inside

    def error(self, number: float, where: str = "") -> Exception:
        """Return the exception for a `number` that does not meet the requirement, in the argument `where`."""
        hint = f"; {self.hint}" if self.hint else ""
        place = f" {where}" if where else ""
        return self._error(f"the {self.name}{place} must be {self.allowed}, got {_shown(number)}{hint}")

    @property
    def allowed(self) -> str:
        """The numbers that meet the requirement, in words."""
        low, high, step = self.numbers
        first, last = _shown(low), _shown(high)
        if low == high:
            return first
        if low + step == high:
            return f"{first} or {last}"
        if step == 1:
            return f"a whole number from {first} to {last}"
        return f"one of {first}, {_shown(low + step)}, ... {last}" if step else f"between {first} and {last}"


def _shown(number: float) -> str:
    return repr(number).removesuffix(".0")
