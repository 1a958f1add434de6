"""What estimators and commands share: inputs on one scale, outputs as probabilities, and how long to train."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]


def mean_and_scale(X: Array) -> tuple[Array, Array]:
    """Return the mean and the standard deviation of the numbers `X` along their first axis.

    The scale of numbers that are all the same, but for rounding, is 1.

    >>> mean_and_scale(np.array([[1.0, 0.5], [3.0, 0.5]]))
    (array([2. , 0.5]), array([1., 1.]))
    """
    mean = X.mean(axis=0)
    scale = X.std(axis=0)
    return mean, np.where(scale > 1e-12 * np.abs(mean), scale, 1.0)


@np.errstate(over="ignore")  # what is too far below the largest is 0
def softmax(logits: Array) -> Array:
    """Return the probabilities that the `logits` of each sample, a row, stand for: exp(z) / sum of exp(z).

    >>> softmax(np.array([[0.0, 0.0], [1000.0, 0.0]]))
    array([[0.5, 0.5],
           [1. , 0. ]])
    """
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def usual_epochs(n: int, batch_size: int) -> int:
    """Return how many epochs to train on `n` samples if nobody says: 1,000 steps of a batch, but 20 to 300 epochs.

    >>> usual_epochs(100, 32), usual_epochs(1438, 32), usual_epochs(100_000, 32)
    (300, 22, 20)
    """
    return min(max(1000 * batch_size // n, 20), 300)
