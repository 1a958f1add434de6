"""Optimisers: each changes parameters by their gradients, one step at a time."""

from __future__ import annotations

import math
from collections.abc import Iterable

from autograd import Value


class SGD:
    """Stochastic gradient descent, with momentum and weight decay where they are asked for.

    With the gradient g of a parameter p, each step does: g += weight_decay · p; v = momentum · v + g; p -= lr · v.

    >>> p = Value(1.0)
    >>> p.grad = 4.0
    >>> SGD(lr=0.1).step([p])
    >>> p.data
    0.6
    """

    def __init__(self, lr: float = 0.01, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
        _check_rate(lr)
        _check_share("momentum", momentum)
        self.lr, self.momentum, self.weight_decay = lr, momentum, weight_decay
        self._velocity: dict[Value, float] = {}

    def step(self, parameters: Iterable[Value]) -> None:
        """Change each of the `parameters` by its gradient."""
        velocity = self._velocity
        for p in parameters:
            v = p.grad + self.weight_decay * p.data
            if self.momentum:
                v = velocity[p] = self.momentum * velocity.get(p, 0.0) + v
            p.data -= self.lr * v


class Adam:
    """Adam (Kingma and Ba, 2015): steps scaled by running means of the gradient and of its square.

    m = beta1 · m + (1 - beta1) · g; v = beta2 · v + (1 - beta2) · g²; p -= lr · m̂ / (sqrt(v̂) + eps), where
    m̂ = m / (1 - beta1**t) and v̂ = v / (1 - beta2**t) at step t.

    >>> p = Value(1.0)
    >>> p.grad = 4.0
    >>> Adam(lr=0.1).step([p])
    >>> round(p.data, 6)
    0.9
    """

    def __init__(self, lr: float = 0.001, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8) -> None:
        _check_rate(lr)
        _check_share("beta1", beta1)
        _check_share("beta2", beta2)
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self._steps = 0
        self._moments: dict[Value, tuple[float, float]] = {}

    def step(self, parameters: Iterable[Value]) -> None:
        """Change each of the `parameters` by its gradient."""
        self._steps += 1
        unbias1, unbias2 = 1 - self.beta1**self._steps, 1 - self.beta2**self._steps
        for p in parameters:
            g = p.grad
            m, v = self._moments.get(p, (0.0, 0.0))
            m, v = self.beta1 * m + (1 - self.beta1) * g, self.beta2 * v + (1 - self.beta2) * g * g
            self._moments[p] = m, v
            p.data -= self.lr * (m / unbias1) / (math.sqrt(v / unbias2) + self.eps)


def _check_rate(lr: float) -> None:
    if not 0 < lr < math.inf:
        raise ValueError(f"the learning rate lr is a positive number, not {lr!r}")


def _check_share(name: str, share: float) -> None:
    if not 0 <= share < 1:
        raise ValueError(f"{name} is at least 0 and less than 1, not {share!r}")
