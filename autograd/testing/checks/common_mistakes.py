"""Contributions to a gradient, and the common factor of wrong derivatives."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from autograd.value import Value


def common_factor(given: Sequence[float], wanted: Sequence[float]) -> str:
    """Return a phrase for the common factor of all `given` numbers over the `wanted` ones, or "" if there is none.

    >>> common_factor([2.0, -6.0], [-2.0, 6.0]), common_factor([1.0, 2.0], [3.0, 6.0]), common_factor([1, 2], [3, 5])
    ('the sign is wrong everywhere', '1/3 of the right value everywhere', '')
    """
    ratios = [a / b for a, b in zip(given, wanted) if b and math.isfinite(a) and math.isfinite(b)]
    factor = ratios[0] if ratios else 1.0
    if len(ratios) < 2 or len(ratios) < len(given) or not all(math.isclose(r, factor, rel_tol=1e-7) for r in ratios):
        return ""
    if math.isclose(factor, -1.0, rel_tol=1e-7):
        return "the sign is wrong everywhere"
    if factor and abs(factor) < 1 and math.isclose(1 / factor, round(1 / factor), rel_tol=1e-7):
        return f"1/{round(1 / factor)} of the right value everywhere"
    return f"{factor:.10g} times the right value everywhere"


class Contribution(NamedTuple):
    """The contribution of a `consumer` to the gradient of its input at index `place`."""

    consumer: Value
    place: int
    cotangent: float

    @property
    def partial(self) -> float:
        """The local derivative of the consumer with respect to the node."""
        return self.consumer.partials[self.place]

    @property
    def value(self) -> float:
        """The cotangent of the consumer times the local derivative."""
        return self.cotangent * self.partial
