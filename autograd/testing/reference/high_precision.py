"""Evaluate operations and their rules in mpmath arithmetic, with any number of digits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

import mpmath as mp

from autograd.operand import Number
from autograd.operation import Op
from autograd.printing.text import Text

DIGITS = 50


@cache
def reference(op: Op) -> Callable[..., Any]:
    """Return the function that computes the value of `op` from one mpmath number for each input.

    This is the `mpmath` field of the operation. Without that field, an operation of the table uses mpmath's function
    of the same name, or its `notation` if that is an expression. Any other operation uses its `value`, which must be
    plain arithmetic. The rule is never used.

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
    return flat(_on_mpmath(op.notation if op.is_ours and callable(op.notation) else op.value, op))


def _on_mpmath(f: Callable[..., Any], op: Op) -> Callable[..., Any]:
    def on_numbers(*inputs: Any) -> Any:
        operands = [HighPrecision(x) for x in (inputs[0] if op.variadic else inputs)]
        try:
            return _number(f(operands) if op.variadic else f(*operands))
        except (TypeError, AttributeError):
            raise FloatsOnlyError(f"the value of {op} accepts only floats") from None

    return on_numbers


class FloatsOnlyError(TypeError):
    """Raised if the value or the rule of a user-defined operation accepts only floats."""


class HighPrecision(Number):
    """An mpmath number to which operations can be applied, so rules can be evaluated with many digits."""

    __slots__ = ()

    def _apply(self, op: Op, inputs: Sequence[Any]) -> HighPrecision:
        return HighPrecision(evaluate(op, [_number(x) for x in inputs]))


def _number(x: Any) -> Any:
    return x.data if isinstance(x, HighPrecision) else mp.mpf(x)


def evaluate(op: Op, inputs: Sequence[Any]) -> Any:
    """Return the value of `op` at mpmath numbers, or nan if it is not real.

    If mpmath raises or returns nan, as at 0 / 0, the value of the operation on floats is used.
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
    """Return the partial derivatives from the rule of `op` at mpmath numbers."""
    try:
        return [_number(d) for d in op.partials([HighPrecision(x) for x in inputs], HighPrecision(y))]
    except (TypeError, AttributeError):
        raise FloatsOnlyError(f"the rule of {op} accepts only floats") from None


@cache
def is_linear(op: Op) -> bool:
    """Return True if `op` belongs to the table and its partial derivatives are constants."""
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
