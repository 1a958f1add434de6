"""The delta rule of Widrow and Hoff (1960), and ADALINE, the adaptive linear neuron that learns by it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..layers import Neuron
from ..training.samples import as_array, samples, without_column

Rate = float | Callable[[int], float]


class Adaline(Neuron):
    """A linear neuron of `nin` inputs, y = w · x + b, that learns by the delta rule.

    Weights and bias start at 0, or at random numbers drawn from `rng`.

    >>> neuron = Adaline(1)
    >>> errors = neuron.learn([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0], lr=0.1, epochs=500)
    >>> round(neuron.w[0].data, 6), round(neuron.b.data, 6)
    (2.0, 1.0)

    The delta rule changes each weight in proportion to the error d - y of a sample: w += lr · (d - y) · x. This is a
    step of gradient descent on ½ (d - y)², the same that backpropagation computes for a linear neuron.
    """

    def __init__(self, nin: int, *, rng: random.Random | None = None) -> None:
        super().__init__(nin, nonlin=False, rng=rng or random.Random(0))
        if rng is None:
            for p in self.parameters():
                p.data = 0.0

    def correct(self, x: Iterable[float], desired: float, lr: float) -> float:
        """Apply the delta rule for one sample, and return its error d - y before the change.

        >>> neuron = Adaline(2)
        >>> neuron.correct([1.0, -2.0], 3.0, lr=0.5)
        3.0
        >>> [p.data for p in neuron.parameters()]
        [1.5, -3.0, 1.5]
        """
        signals = [float(signal) for signal in x]
        error = float(desired) - self(signals).data
        for w, signal in zip(self.w, signals):
            w.data += lr * error * signal
        self.b.data += lr * error
        return error

    def learn(self, X: Any, Y: Any, *, lr: Rate, epochs: int, rng: random.Random | None = None) -> list[float]:
        """Apply the delta rule sample by sample, and return the mean of ½ (d - y)² in each of the `epochs`.

        `lr` is a number or a function of the epoch, counted from 0; `rng` shuffles the samples in each epoch. A step
        reduces the error of its sample if lr < 2 / (1 + |x|²). With a small constant rate, the weights come within
        O(lr) of the least-squares solution, and converge to it if it fits all samples exactly or if the rate decreases
        like 1 / (epoch + 1).
        """
        pairs = _pairs(X, Y)
        means = []
        for epoch in range(epochs):
            rate = lr(epoch) if callable(lr) else lr
            if rng:
                rng.shuffle(pairs)
            means.append(sum(self.correct(x, d, rate) ** 2 for x, d in pairs) / 2 / len(pairs))
        return means

    def learn_in_batch(self, X: Any, Y: Any, *, lr: float, epochs: int) -> list[float]:
        """Apply the mean of the delta rule over all samples; return the mean of ½ (d - y)² before each epoch.

        This converges to a least-squares solution (the nearest, if there are many) if 0 < lr < largest_rate(X), and
        diverges for larger rates.

        >>> neuron = Adaline(1)
        >>> errors = neuron.learn_in_batch([[0.0], [1.0], [2.0]], [0.0, 0.0, 3.0], lr=0.5, epochs=500)
        >>> round(neuron.w[0].data, 6), round(neuron.b.data, 6)  # the line of least squares
        (1.5, -0.5)
        """
        pairs = _pairs(X, Y)
        means = []
        for _ in range(epochs):
            errors = [d - self(x).data for x, d in pairs]
            for i, w in enumerate(self.w):
                w.data += lr * sum(error * x[i] for error, (x, _) in zip(errors, pairs)) / len(pairs)
            self.b.data += lr * sum(errors) / len(pairs)
            means.append(sum(error**2 for error in errors) / 2 / len(pairs))
        return means


def _pairs(X: Any, Y: Any) -> list[tuple[list[float], float]]:
    """Return pairs of a sample, as a list of numbers, and its desired output."""
    data = samples(X, Y)
    return list(zip(data.X.reshape(len(data.X), -1).tolist(), without_column(data.Y).tolist()))


def largest_rate(X: Any) -> float:
    """Return the learning rate below which the batch rule converges: 2 / the largest eigenvalue of the Hessian.

    The Hessian of the mean of ½ (d - y)² is the mean of x xᵀ, with a 1 appended to each x for the bias.

    >>> round(largest_rate([[0.0], [1.0], [2.0]]), 4)
    0.8377
    """
    signals = np.column_stack([as_array("X", X), np.ones(len(X))])
    return float(2 / np.linalg.eigvalsh(signals.T @ signals / len(signals))[-1])
