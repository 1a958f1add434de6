"""Check arguments; messages read "X must be Y, got Z"."""

from __future__ import annotations

import math
import random
from numbers import Integral, Real
from reprlib import repr as shortened
from typing import Any

from autograd import Value


def check_count(name: str, n: object) -> None:
    """Raise TypeError or ValueError unless `n` is a whole number of at least 1."""
    if not isinstance(n, Integral) or isinstance(n, bool):
        raise TypeError(f"{name} must be a whole number, got {type(n).__name__}: {shortened(n)}")
    if int(n) < 1:
        raise ValueError(f"{name} must be at least 1, got {n}")


def check_number(name: str, x: Any, *, positive: bool = False, below: float = math.inf) -> float:
    """Return `x` as a float. Raise ValueError unless 0 <= x < `below`, or 0 < x < `below` if `positive`.

    >>> check_number("momentum", 0.9, below=1)
    0.9
    """
    is_number = isinstance(x, Real) and not isinstance(x, (bool, Value))
    number = float_or_infinity(x) if is_number else math.nan
    if not (0 <= number < below) or (positive and number == 0):
        wanted = "a positive number" if positive else "a number of at least 0"
        bound = f" and less than {below:g}" if below < math.inf else ""
        raise ValueError(f"{name} must be {wanted}{bound}, got {shortened(x)}")
    return number


def check_flag(name: str, x: object) -> None:
    """Raise TypeError unless `x` is True or False."""
    if not (isinstance(x, bool) or type(x).__name__ in ("bool", "bool_")):  # NumPy's bool is not a bool
        raise TypeError(f"{name} must be True or False, got {type(x).__name__}: {shortened(x)}")


def check_text(name: str, x: object) -> None:
    """Raise TypeError unless `x` is a non-empty string."""
    if not isinstance(x, str) or not x:
        raise TypeError(f"{name} must be a non-empty string, got {shortened(x)}")


def check_rng(rng: object) -> random.Random:
    """Return `rng`. Raise TypeError unless it is a random.Random, for example if it is a seed."""
    if not isinstance(rng, random.Random):
        raise TypeError(f"rng must be a random.Random, such as random.Random(0), got {type(rng).__name__}: {rng!r}")
    return rng


def rng_or_module(rng: random.Random | None) -> random.Random:
    """Return `rng`, or the module `random`, which has the same functions, if it is None."""
    return random if rng is None else check_rng(rng)  # type: ignore[return-value]


def float_or_infinity(x: Any) -> float:
    """Convert a number to a float, or to inf if it is too large."""
    try:
        return float(x)
    except OverflowError:
        return math.inf
