"""The delta rule of Widrow and Hoff (1960), and the neuron that learns by it: ADALINE, the adaptive linear neuron."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..layers import Neuron
from ..training.samples import as_array, samples, without_column

Rate = float | Callable[[int], float]


class Adaline(Neuron):
    """One linear neuron of `nin` signals, y = w · x + b, whose weights and bias start at 0 unless `rng` draws them.

    >>> neuron = Adaline(1)
    >>> errors = neuron.learn([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0], lr=0.1, epochs=500)
    >>> round(neuron.w[0].data, 6), round(neuron.b.data, 6)
    (2.0, 1.0)

    The delta rule needs no engine: the error d - y of a sample changes each weight by its share,
    w += lr · (d - y) · x. That is -lr times the gradient of ½ (d - y)²: what backpropagation gives for a single adder.
    """

    def __init__(self, nin: int, *, rng: random.Random | None = None) -> None:
        super().__init__(nin, nonlin=False, rng=rng or random.Random(0))
        if rng is None:
            for p in self.parameters():
                p.data = 0.0

    def correct(self, x: Iterable[float], desired: float, lr: float) -> float:
        """Change the weights by the delta rule for one sample, and return its error d - y from before.

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
        """Correct for one sample after the other; return the mean of ½ (d - y)² in each of the `epochs`.

        `lr` is a number or a function of the epoch, from 0 on; `rng` shuffles the samples of each epoch. A correction
        makes the error of its sample smaller where lr < 2 / (1 + |x|²). With a small constant rate the weights come
        within O(lr) of the least-squares solution, and to it where that fits every sample; with rates that decrease
        like 1 / (epoch + 1) they converge to it.
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
        """Correct by the mean over all samples at once; return the mean of ½ (d - y)² before each of the `epochs`.

        This converges to the least-squares solution itself where 0 < lr < largest_rate(X) (to the nearest one, where
        there are many), and diverges above.

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
    """Return the samples `X`, of one number or several, with their desired outputs `Y`, as pairs."""
    data = samples(X, Y)
    return list(zip(data.X.reshape(len(data.X), -1).tolist(), without_column(data.Y).tolist()))


def largest_rate(X: Any) -> float:
    """Return the rate below which the batch rule converges on `X`: 2 / the largest eigenvalue of the curvature.

    The curvature of the mean of ½ (d - y)² is the mean of x xᵀ, where a 1 is appended to each x for the bias.

    >>> round(largest_rate([[0.0], [1.0], [2.0]]), 4)
    0.8377
    """
    signals = np.column_stack([as_array("X", X), np.ones(len(X))])
    return float(2 / np.linalg.eigvalsh(signals.T @ signals / len(signals))[-1])
