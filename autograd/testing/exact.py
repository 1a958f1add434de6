"""What every operation is, told again in mpmath's arithmetic of 50 digits, without a rule of the engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mpmath as mp

DIGITS = 50

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
    "logsumexp": lambda *xs: mp.log(mp.fsum(map(mp.exp, xs))),
}


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
