"""`Found`: a slip that may explain a wrong gradient."""

from __future__ import annotations

from typing import NamedTuple

from autograd.operation import Slip
from autograd.value import Value

LIKELY, POSSIBLE, UNLIKELY = range(3)

# The keys of sentences about a single local derivative: at two places, they are two slips.
LOCAL = {
    "wrong rule", "other branch", "no factor", "no local derivative", "swapped partials", "wrong point", "outer point",
    "inner derivative", "wrong value", "value", "twice", "reciprocal",
}  # fmt: skip


class Found(NamedTuple):
    """A slip that gives a gradient of this `number`. Its `rank` says how usual it is.

    `sentence` is the key of the sentence about it. The other fields are what the sentence speaks of: the local
    derivative of the `consumer` with respect to its input at `place`, the input at the place `other` or the `leaf` that
    was used instead, the wrong rule of an operation, or a factor.
    """

    rank: int
    name: str
    number: float
    sentence: str
    consumer: Value | None = None
    place: int = 0
    other: int = 0
    rule: Slip | None = None
    factor: float = 0.0
    leaf: Value | None = None
