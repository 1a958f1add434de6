"""The values of operations in mpmath's arithmetic, with any number of digits and without the engine's rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

import mpmath as mp

from autograd.operand import Operand
from autograd.operation import Op
from autograd.printing.text import Text

DIGITS = 50


@cache
def reference(op: Op) -> Callable[..., Any]:
    """Return the function of mpmath numbers, one for each input, that has the values of `op`.

    It is the `mpmath` field of the operation. Without one, operations of the table use mpmath's function of the same
    name, or the `notation` if that is an expression; the others use the `value`, which must be arithmetic. The rule
    has no part in it.

    >>> from autograd import logaddexp
    >>> reference(logaddexp)(mp.mpf(0), mp.mpf(0))
    mpf('0.69314718055994529')
    """
    flat = (lambda f: lambda *xs: f(list(xs))) if op.variadic else lambda f: f
    named = op.mpmath if isinstance(op.mpmath, str) else ""
    if not isinstance(op.mpmath, str):
        return flat(partial(op.mpmath, mp))
    if named or (op.is_ours and hasattr(mp, op.name)):
        return flat(getattr(mp, named or op.name))
    if op.is_ours and getattr(op.value, "__module__", "") in ("_operator", "builtins"):
        return flat(op.value)
    return flat(_on_exact(op.notation if op.is_ours and callable(op.notation) else op.value, op))


def _on_exact(f: Callable[..., Any], op: Op) -> Callable[..., Any]:
    def on_numbers(*inputs: Any) -> Any:
        exact = [Exact(x) for x in (inputs[0] if op.variadic else inputs)]
        try:
            return _number(f(exact) if op.variadic else f(*exact))
        except (TypeError, AttributeError):
            raise NotExactError(f"the value of {op} is computed in floats") from None

    return on_numbers


class NotExactError(TypeError):
    """An operation of somebody's own whose value takes nothing but floats."""


class Exact(Operand):
    """A number of mpmath, to which operations apply: so the rules of the table are read with as many digits, too."""

    __slots__ = ("number",)

    def __init__(self, number: Any) -> None:
        self.number = number

    def _apply(self, op: Op, inputs: Sequence[Any]) -> Exact:
        return Exact(evaluate(op, [_number(x) for x in inputs]))

    def __bool__(self) -> bool:
        return bool(self.number != 0)

    def __lt__(self, other: Any) -> bool:
        return bool(self.number < _number(other))

    def __le__(self, other: Any) -> bool:
        return bool(self.number <= _number(other))

    def __gt__(self, other: Any) -> bool:
        return bool(self.number > _number(other))

    def __ge__(self, other: Any) -> bool:
        return bool(self.number >= _number(other))


def _number(x: Any) -> Any:
    return x.number if isinstance(x, Exact) else mp.mpf(x)


def evaluate(op: Op, inputs: Sequence[Any]) -> Any:
    """Return the value of `op` at mpmath numbers: nan where it is not real.

    Where mpmath raises or finds no number, as at 0 / 0, the operation's own value on floats decides.
    """
    try:
        y = reference(op)(*inputs)
        is_settled = not (op.is_ours and isinstance(y, mp.mpf) and mp.isnan(y))
    except (ArithmeticError, ValueError):
        is_settled = False
    if not is_settled:
        try:
            y = mp.mpf(op.evaluate([float(x) for x in inputs]))
        except (ArithmeticError, ValueError):
            return mp.nan
    return mp.nan if isinstance(y, mp.mpc) else mp.mpf(y)


def partials(op: Op, inputs: Sequence[Any], y: Any) -> list[Any]:
    """Return the row of partial derivatives that the rule of `op` gives at mpmath numbers."""
    try:
        return [_number(d) for d in op.partials([Exact(x) for x in inputs], Exact(y))]
    except (TypeError, AttributeError):
        raise NotExactError(f"the rule of {op} is computed in floats") from None


@cache
def is_linear(op: Op) -> bool:
    """Say whether an operation of the table is linear in its variable inputs: its partials are then plain numbers."""
    count = op.arity or 3
    inputs = [0.5 if i in op.constants else Text.name(f"x{i}") for i in range(count)]
    return op.is_ours and not any(isinstance(d, Text) for d in op.partials(inputs, Text.name("y")))


def value(f: Callable[..., Any], point: Sequence[float]) -> float:
    """Return f at `point`, computed with 50 digits.

    >>> from autograd import sin
    >>> value(reference(sin), [1.0])
    0.8414709848078965
    """
    with mp.workdps(DIGITS):
        return float(f(*map(mp.mpf, point)))


def derivative(f: Callable[..., Any], point: Sequence[float], *by: int, digits: int = DIGITS) -> float:
    """Return the derivative of f at `point` by the arguments of these indices, one after the other.

    >>> from autograd import hypot
    >>> derivative(reference(hypot), [3.0, 4.0], 0)
    0.6
    """
    orders = tuple(by.count(i) for i in range(len(point)))
    with mp.workdps(digits):
        return float(mp.diff(f, tuple(map(mp.mpf, point)), orders))
