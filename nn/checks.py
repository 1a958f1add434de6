"""Checks of arguments that many parts take."""

from __future__ import annotations

import random
from numbers import Integral

import autograd.foreign


def check_count(name: str, n: object) -> None:
    """Refuse what is no whole number of at least 1."""
    if not isinstance(n, Integral) or isinstance(n, bool):
        raise TypeError(f"{name} is a whole number, not {type(n).__name__}: {n!r}")
    if int(n) < 1:
        raise ValueError(f"{name} is at least 1, not {n}")


def check_rng(rng: object) -> random.Random:
    """Return `rng`, if it is a generator of random numbers and not, for one, a seed."""
    if not isinstance(rng, random.Random):
        raise TypeError(f"rng is a random.Random, such as random.Random(0), not {type(rng).__name__}: {rng!r}")
    return rng


refuse_foreign = autograd.foreign.refuse_foreign  # of Values, and of modules and optimisers
