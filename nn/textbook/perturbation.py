"""Learning by perturbation compared with gradient descent, at a cost counted in forward passes.

A forward pass is one evaluation of the loss on all samples and costs 1. A backward pass costs 2: for each product w · a
of the forward pass it computes two, one for w and one for a. `costs_of_a_gradient` measures this.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import autograd

from ..training.objectives import Loss
from ..training.samples import samples

BACKWARD = 2.0  # the cost of a backward pass, in forward passes


class CountedLoss:
    """The compiled mean of loss(model(x), y) over samples `X` and targets `Y`, which counts its `passes`.

    `weights` are the parameters of the model.

    >>> from nn import MLP, mean_squared_error
    >>> counted = CountedLoss(MLP(1, [1], rng=random.Random(0)), [[1.0], [2.0]], [2.0, 4.0], loss=mean_squared_error)
    >>> counted.forward() == counted.backward(), counted.passes
    (True, 4.0)
    """

    def __init__(self, model: Any, X: Any, Y: Any, *, loss: Loss) -> None:
        self.weights = model.parameters()
        self.passes = 0.0
        self._data = samples(X, Y)
        self._compiled = autograd.compile(lambda x, y: loss(model(x), y), params=self.weights)

    def forward(self) -> float:
        """Return the loss, at the cost of one pass."""
        self.passes += 1
        return self.look()

    def backward(self) -> float:
        """Return the loss and set the gradients of the weights, at the cost of a forward and a backward pass."""
        self.passes += 1 + BACKWARD
        for p in self.weights:
            p.grad = 0.0
        return float(self._compiled.backward(*self._data))

    def look(self) -> float:
        """Return the loss without counting a pass, for observation only."""
        return float(self._compiled(*self._data))


class Trail(NamedTuple):
    """The `losses` of a model while it learned, and the number of `passes` up to each."""

    passes: list[float]
    losses: list[float]

    def passes_to(self, loss: float) -> float | None:
        """Return the number of passes until the loss was at most `loss`, or None if it never was.

        >>> Trail([0.0, 3.0, 6.0], [1.0, 0.5, 0.2]).passes_to(0.5)
        3.0
        """
        return next((n for n, x in zip(self.passes, self.losses) if x <= loss), None)


def perturb(counted: CountedLoss, *, passes: int, size: float = 0.3, until: float = 0.0, rng: random.Random) -> Trail:
    """Repeatedly change one random weight by a random amount, and undo the change unless it lowers the loss.

    The amounts are normally distributed with standard deviation `size`. Each attempt costs one pass. Stop after
    `passes`, or when the loss is at most `until`.

    >>> from nn import MLP, mean_squared_error
    >>> counted = CountedLoss(MLP(1, [1], rng=random.Random(0)), [[1.0], [2.0]], [2.0, 4.0], loss=mean_squared_error)
    >>> trail = perturb(counted, passes=2000, until=0.01, rng=random.Random(0))
    >>> trail.losses[-1] <= 0.01, trail.losses == sorted(trail.losses, reverse=True)
    (True, True)
    """
    return _trail(counted, _attempts(counted, size, rng), passes, until)


def _attempts(counted: CountedLoss, size: float, rng: random.Random) -> Iterator[float]:
    """Change random weights one at a time, and yield the lowest loss so far after each attempt."""
    best = counted.forward()
    while True:
        yield best
        w = rng.choice(counted.weights)
        before = w.data
        w.data += rng.gauss(0.0, size)
        now = counted.forward()
        if now < best:
            best = now
        else:
            w.data = before


def spsa(
    counted: CountedLoss, *, passes: int, lr: float, size: float = 0.01, until: float = 0.0, rng: random.Random
) -> Trail:
    """Descend along the gradient that `spsa_gradient` estimates from two passes, with a constant rate `lr`.

    This is simultaneous perturbation stochastic approximation (Spall 1992) with constant `lr` and `size`. The noise of
    the estimate grows with the number of weights, so `lr` must be smaller for larger models. Stop as `perturb` does.

    >>> from nn import MLP, mean_squared_error
    >>> counted = CountedLoss(MLP(1, [1], rng=random.Random(0)), [[1.0], [2.0]], [2.0, 4.0], loss=mean_squared_error)
    >>> trail = spsa(counted, passes=500, lr=0.05, until=0.01, rng=random.Random(0))
    >>> trail.passes[:3], trail.losses[-1] <= 0.01
    ([0.0, 2.0, 4.0], True)
    """
    return _trail(counted, _steps_down(counted, lr, lambda: spsa_gradient(counted, size=size, rng=rng)), passes, until)


def descend(counted: CountedLoss, *, passes: int, lr: float, until: float = 0.0) -> Trail:
    """Descend along the gradient that backpropagation computes, with a constant rate `lr`; stop as `perturb` does.

    >>> from nn import MLP, mean_squared_error
    >>> counted = CountedLoss(MLP(1, [1], rng=random.Random(0)), [[1.0], [2.0]], [2.0, 4.0], loss=mean_squared_error)
    >>> trail = descend(counted, passes=500, lr=0.1, until=0.01)
    >>> trail.passes[:3], trail.losses[-1] <= 0.01
    ([0.0, 3.0, 6.0], True)
    """

    def gradient() -> list[float]:
        counted.backward()
        return [w.grad for w in counted.weights]

    return _trail(counted, _steps_down(counted, lr, gradient), passes, until)


def _steps_down(counted: CountedLoss, lr: float, gradient: Callable[[], list[float]]) -> Iterator[float]:
    """Change the weights by -lr · gradient in each step, and yield the loss before each step."""
    while True:
        yield counted.look()
        for w, g in zip(counted.weights, gradient()):
            w.data -= lr * g


def _trail(counted: CountedLoss, steps: Iterator[float], passes: float, until: float) -> Trail:
    """Record the losses that `steps` yields, until one is at most `until` or the `passes` are used up."""
    start = counted.passes
    trail = Trail([], [])
    for loss in steps:
        trail.passes.append(counted.passes - start)
        trail.losses.append(loss)
        if loss <= until or trail.passes[-1] >= passes:
            break
    return trail


def spsa_gradient(counted: CountedLoss, *, size: float = 0.01, rng: random.Random) -> list[float]:
    """Estimate the gradient from two passes, for any number of weights.

    All weights are moved at once by ± `size`, with random signs sᵢ from `rng`, and then in the opposite direction:
    gᵢ = (L(w + size · s) - L(w - size · s)) / (2 · size) · sᵢ. The mean over all signs is the gradient, up to O(size²).

    >>> from nn import MLP, mean_squared_error
    >>> counted = CountedLoss(MLP(1, [1], rng=random.Random(0)), [[1.0], [2.0]], [2.0, 4.0], loss=mean_squared_error)
    >>> gradient = spsa_gradient(counted, rng=random.Random(0))
    >>> abs(gradient[0]) == abs(gradient[1]), counted.passes
    (True, 2.0)
    """
    signs = [rng.choice((-1.0, 1.0)) for _ in counted.weights]
    before = [w.data for w in counted.weights]

    def loss_at(shift: float) -> float:
        for w, x, sign in zip(counted.weights, before, signs):
            w.data = x + shift * sign
        return counted.forward()

    slope = (loss_at(size) - loss_at(-size)) / (2 * size)
    for w, x in zip(counted.weights, before):
        w.data = x
    return [slope * sign for sign in signs]


def gradient_by_perturbation(counted: CountedLoss, *, size: float = 1e-6) -> list[float]:
    """Estimate the gradient by moving one weight at a time by `size`, in n + 1 passes for n weights.

    gᵢ = (L(w + size · eᵢ) - L(w)) / size, with an error of O(size), where eᵢ is a unit vector.

    >>> from nn import MLP, mean_squared_error
    >>> counted = CountedLoss(MLP(1, [1], rng=random.Random(0)), [[1.0], [2.0]], [2.0, 4.0], loss=mean_squared_error)
    >>> loss, gradient = counted.backward(), [w.grad for w in counted.weights]
    >>> max(abs(a - b) for a, b in zip(gradient_by_perturbation(counted), gradient)) < 1e-4
    True
    """
    base = counted.forward()
    gradient = []
    for w in counted.weights:
        before = w.data
        w.data = before + size
        gradient.append((counted.forward() - base) / size)
        w.data = before
    return gradient
