"""What every operation is, told again in mpmath's arithmetic, of any number of digits, without a rule of the engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mpmath as mp

from autograd.operation import Op, Operand

DIGITS = 50


def _logsumexp(xs: Sequence[Any]) -> Any:
    return xs[-1] + mp.log1p(mp.fsum(mp.exp(x - xs[-1]) for x in xs[:-1]))


VALUES: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "neg": lambda x: -x,
    "pow": mp.power,
    "power": mp.power,
    "abs": abs,
    "exp": mp.exp,
    "expm1": mp.expm1,
    "log": mp.log,
    "log1p": mp.log1p,
    "sqrt": mp.sqrt,
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "asin": mp.asin,
    "acos": mp.acos,
    "atan": mp.atan,
    "atan2": mp.atan2,
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    "sech": mp.sech,
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "softplus": lambda x: mp.log1p(mp.exp(x)),
    "relu": lambda x: max(x, mp.mpf(0)),
    "leaky_relu": lambda x, slope: x if x > 0 else slope * x,
    "gelu": lambda x: x * mp.erfc(-x / mp.sqrt(2)) / 2,
    "erf": mp.erf,
    "erfc": mp.erfc,
    "hypot": mp.hypot,
    "where": lambda condition, a, b: a if condition else b,
    "maximum": max,
    "minimum": min,
    "dot": lambda *flat: mp.fdot(zip(flat[: len(flat) // 2], flat[len(flat) // 2 : -1])) + flat[-1],
    "total": lambda *xs: mp.fsum(xs),
    "mean": lambda *xs: mp.fsum(xs) / len(xs),
    "logsumexp": lambda *xs: _logsumexp(sorted(xs)),
    "leg": lambda x: mp.sqrt((1 - x) * (1 + x)),
    "side": lambda a, b: a / mp.hypot(a, b) if a else a,
    "inverse": lambda x: 1 / x if x else x,
    "times": lambda a, b: a * b,
    "bell": lambda x: mp.exp(-x * x),
    "share": lambda a, b: a / (a + b),
    "powlog": lambda a, b: mp.power(a, b) * mp.log(a) if a else mp.mpf(0 if b >= 0 else "-inf"),
}

_LINEAR = {"add", "sub", "neg", "total", "mean", "where"}  # of these values


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
    """Return the value of `op` at mpmath numbers: nan where it is not real, the IEEE result where mpmath raises.

    An operation that is not of the table is computed by its own value, if that is arithmetic.
    """
    try:
        y = VALUES[op.name](*inputs) if op.is_ours else _own_value(op, inputs)
    except (ArithmeticError, ValueError):
        try:
            y = mp.mpf(op.evaluate([float(x) for x in inputs]))
        except (ArithmeticError, ValueError):
            return mp.nan
    return mp.nan if isinstance(y, mp.mpc) else mp.mpf(y)


def _own_value(op: Op, inputs: Sequence[Any]) -> Any:
    numbers = [Exact(x) for x in inputs]
    try:
        return _number(op.value(numbers) if op.variadic else op.value(*numbers))
    except (TypeError, AttributeError):
        raise NotExactError(f"the value of {op} is computed in floats") from None


def partials(op: Op, inputs: Sequence[Any], y: Any) -> list[Any]:
    """Return the row of partial derivatives that the rule of `op` gives at mpmath numbers."""
    try:
        return [_number(d) for d in op.partials([Exact(x) for x in inputs], Exact(y))]
    except (TypeError, AttributeError):
        raise NotExactError(f"the rule of {op} is computed in floats") from None


def is_constant(op: Op, i: int) -> bool:
    """Say whether input number i of `op` is a constant: the exponent of `power`, the condition of `where`."""
    return op.is_ours and (op.name, i) in (("power", 1), ("where", 0))


def is_linear(op: Op) -> bool:
    """Say whether the value of `op` is linear in all inputs by which it is differentiated."""
    return op.is_ours and op.name in _LINEAR


def value(f: Callable[..., Any], point: Sequence[float]) -> float:
    """Return f at `point`, computed with 50 digits.

    >>> value(VALUES["sin"], [1.0])
    0.8414709848078965
    """
    with mp.workdps(DIGITS):
        return float(f(*map(mp.mpf, point)))


def derivative(f: Callable[..., Any], point: Sequence[float], *by: int, digits: int = DIGITS) -> float:
    """Return the derivative of f at `point` by the arguments of these indices, one after the other.

    >>> derivative(VALUES["mul"], [3.0, 4.0], 0)
    4.0
    """
    orders = tuple(by.count(i) for i in range(len(point)))
    with mp.workdps(digits):
        return float(mp.diff(f, tuple(map(mp.mpf, point)), orders))
