"""Numbers on one scale: of mean 0, and of standard deviation 1."""

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
