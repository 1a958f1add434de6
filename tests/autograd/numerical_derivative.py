"""Derivatives of functions of mpmath numbers, by its own differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mpmath as mp

from autograd.testing.reference.high_precision import DIGITS


def derivative(f: Callable[..., Any], point: Sequence[float], *by: int, digits: int = DIGITS) -> float:
    """Return the derivative of f at `point` with respect to the arguments at the indices `by`, one after the other."""
    orders = tuple(by.count(i) for i in range(len(point)))
    with mp.workdps(digits):
        return float(mp.diff(f, tuple(map(mp.mpf, point)), orders))
