"""Split samples into a training set and a test set."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, TypeVar

from ..checks import check_rng

Inputs = TypeVar("Inputs")
Targets = TypeVar("Targets")


def split(
    X: Inputs, Y: Targets, held_out: float = 0.2, *, rng: random.Random
) -> tuple[tuple[Inputs, Targets], tuple[Inputs, Targets]]:
    """Shuffle the samples `X` and targets `Y` with `rng`, and return (X, Y) for training and (X, Y) for testing.

    `held_out` is the fraction of the samples for testing, rounded to a whole number of samples. Lists give lists, and
    NumPy arrays give arrays, split along the first axis.

    >>> split([[0.0], [1.0], [2.0], [3.0]], [0, 1, 2, 3], held_out=0.25, rng=random.Random(0))
    (([[2.0], [0.0], [1.0]], [2, 0, 1]), ([[3.0]], [3]))
    """
    n = _length("X", X)
    if _length("Y", Y) != n:
        raise ValueError(f"Y must have a target for each of the {n} samples in X, got {_length('Y', Y)}")
    if not 0 < held_out < 1:
        raise ValueError(f"held_out must be a fraction between 0 and 1, got {held_out}")
    check_rng(rng)
    cut = n - round(n * held_out)
    if not 0 < cut < n:
        raise ValueError(
            f"held_out must leave samples to {'test on' if cut else 'learn from'}, got {held_out} of {n} samples"
        )
    order = list(range(n))
    rng.shuffle(order)
    learn, test = order[:cut], order[cut:]
    return (_taken(X, learn), _taken(Y, learn)), (_taken(X, test), _taken(Y, test))


def _length(name: str, data: Any) -> int:
    if not hasattr(data, "__len__") or isinstance(data, (str, dict)):
        raise TypeError(f"{name} must be a list or an array, got {type(data).__name__}")
    return len(data)


def _taken(data: Any, indices: Sequence[int]) -> Any:
    if isinstance(data, (list, tuple)):
        return [data[i] for i in indices]
    import numpy as np

    return np.asarray(data)[indices]
