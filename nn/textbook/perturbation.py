"""Learning by trying, next to learning by gradients: what each costs is counted in forward passes.

The convention: a forward pass is one evaluation of the loss on all samples, and costs 1. A backward pass costs 2, since
each product w · a of the forward pass comes back as two, one by w and one by a; `costs_of_a_gradient` measures it.
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
    """The mean of loss(model(x), y) over all samples X with their targets Y, which counts its `passes`.

    It is compiled. `weights` are the parameters of the model.

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
        """Return the loss at the weights as they are; this is one pass."""
        self.passes += 1
        return self.look()

    def backward(self) -> float:
        """Return the loss, and set the gradient of each weight; this is a forward and a backward pass."""
        self.passes += 1 + BACKWARD
        for p in self.weights:
            p.grad = 0.0
        return float(self._compiled.backward(*self._data))

    def look(self) -> float:
        """Return the loss without counting it, as what is only looked at is not part of the learning."""
        return float(self._compiled(*self._data))


class Trail(NamedTuple):
    """The loss of a model while it learned: `losses` next to the `passes` that were spent by then."""

    passes: list[float]
    losses: list[float]

    def passes_to(self, loss: float) -> float | None:
        """Return the passes after which the loss was not above `loss` for the first time, or None.

        >>> Trail([0.0, 3.0, 6.0], [1.0, 0.5, 0.2]).passes_to(0.5)
        3.0
        """
        return next((n for n, x in zip(self.passes, self.losses) if x <= loss), None)


def perturb(counted: CountedLoss, *, passes: int, size: float = 0.3, until: float = 0.0, rng: random.Random) -> Trail:
    """Change one random weight by a random amount, keep the change if it lowers the loss, else take it back, and so on.

    The amounts are normal with the standard deviation `size`. Each try is a pass, and there are as many as `passes`, or
    fewer where the loss comes down to `until`. The loss never rises.

    >>> from nn import MLP, mean_squared_error
    >>> counted = CountedLoss(MLP(1, [1], rng=random.Random(0)), [[1.0], [2.0]], [2.0, 4.0], loss=mean_squared_error)
    >>> trail = perturb(counted, passes=2000, until=0.01, rng=random.Random(0))
    >>> trail.losses[-1] <= 0.01, trail.losses == sorted(trail.losses, reverse=True)
    (True, True)
    """

    def steps() -> Iterator[float]:
        best = counted.forward()
        yield best
        while True:
            w = rng.choice(counted.weights)
            before = w.data
            w.data += rng.gauss(0.0, size)
            now = counted.forward()
            if now < best:
                best = now
            else:
                w.data = before
            yield best

    return _trail(counted, steps(), passes, until)


def spsa(
    counted: CountedLoss, *, passes: int, lr: float, size: float = 0.01, until: float = 0.0, rng: random.Random
) -> Trail:
    """Change all weights by -lr times the estimate of the gradient that `spsa_gradient` makes of two passes, and so on.

    Simultaneous perturbation stochastic approximation (Spall 1992), with constant `lr` and `size`. The noise of the
    estimate grows with the number of weights, and `lr` has to be as much smaller.

    >>> from nn import MLP, mean_squared_error
    >>> counted = CountedLoss(MLP(1, [1], rng=random.Random(0)), [[1.0], [2.0]], [2.0, 4.0], loss=mean_squared_error)
    >>> trail = spsa(counted, passes=500, lr=0.05, until=0.01, rng=random.Random(0))
    >>> trail.passes[:3], trail.losses[-1] <= 0.01
    ([0.0, 2.0, 4.0], True)
    """
    return _trail(counted, _steps_down(counted, lr, lambda: spsa_gradient(counted, size=size, rng=rng)), passes, until)


def descend(counted: CountedLoss, *, passes: int, lr: float, until: float = 0.0) -> Trail:
    """Change all weights by -lr times the gradient that backpropagation gives, and so on: gradient descent.

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
    """Change the weights by -lr times what `gradient` returns, again and again; yield the loss before each step."""
    while True:
        yield counted.look()
        for w, g in zip(counted.weights, gradient()):
            w.data -= lr * g


def _trail(counted: CountedLoss, steps: Iterator[float], passes: float, until: float) -> Trail:
    """Take `steps`, each of which gives the loss that it reached."""
    start = counted.passes
    trail = Trail([], [])
    for loss in steps:
        trail.passes.append(counted.passes - start)
        trail.losses.append(loss)
        if loss <= until or trail.passes[-1] >= passes:
            break
    return trail


def spsa_gradient(counted: CountedLoss, *, size: float = 0.01, rng: random.Random) -> list[float]:
    """Return an estimate of the gradient from two passes, whatever the number of weights.

    All weights are moved at once by ± `size`, each sign drawn from `rng`, and then the other way round:
    gᵢ = (L(w + size · s) - L(w - size · s)) / (2 · size) · sᵢ. Its mean over all signs is the gradient, up to O(size²).

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
    """Return the gradient by moving each weight alone by `size`: one pass for each of them, and one for all.

    gᵢ = (L(w + size at wᵢ) - L(w)) / size, which is off by O(size).

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
