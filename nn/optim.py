"""Optimisers: each changes parameters by their gradients, one step at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from numbers import Real
from reprlib import repr as shortened
from typing import Any

from autograd import Value

Memory = tuple[Any, ...]


class Optimizer:
    """What optimisers have in common: the learning rate `lr`, and steps by a `rule` for numbers and arrays alike.

    An optimiser of your own states its rule, and with it steps on Values and trains in `nn.fit`:

    >>> class Halving(Optimizer):
    ...     def rule(self, p, g, memory, t, lr):
    ...         return p - lr * g / 2**t, memory
    >>> p = Value(1.0)
    >>> p.grad = 4.0
    >>> Halving(lr=0.1).step([p])
    >>> p.data
    0.8
    """

    def __init__(self, lr: float) -> None:
        _check("the learning rate lr", lr, lambda x: 0 < x < math.inf, "a positive number")
        self.lr = lr
        self._steps = 0
        self._memories: dict[Value, Memory] = {}

    def rule(self, p: Any, g: Any, memory: Memory, t: int, lr: float) -> tuple[Any, Memory]:
        """Return what step number `t`, from 1 on, makes of the parameter `p` with the gradient `g`, and a new memory.

        `p` and `g` are floats, or arrays of as many, which are not changed. The memory is a tuple of such, empty at
        first; it holds what the rule needs of the steps before.
        """
        raise NotImplementedError

    def step(self, parameters: Iterable[Value]) -> None:
        """Change each of the `parameters` by its gradient."""
        self._steps += 1
        for p in parameters:
            memory = self._memories.get(p, ())
            p.data, self._memories[p] = self.rule(p.data, p.grad, memory, self._steps, self.lr)


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum and weight decay where they are asked for.

    With the gradient g of a parameter p, each step does: g += weight_decay · p; v = momentum · v + g; p -= lr · v.

    >>> p = Value(1.0)
    >>> p.grad = 4.0
    >>> SGD(lr=0.1).step([p])
    >>> p.data
    0.6
    """

    def __init__(self, lr: float = 0.01, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
        super().__init__(lr)
        _check("momentum", momentum, _is_share, "at least 0 and less than 1")
        _check("weight_decay", weight_decay, lambda x: 0 <= x < math.inf, "a number of at least 0")
        self.momentum, self.weight_decay = momentum, weight_decay

    def rule(self, p: Any, g: Any, memory: Memory, t: int, lr: float) -> tuple[Any, Memory]:
        """Return p - lr · v, and v."""
        v = g + self.weight_decay * p
        if self.momentum and memory:
            v = self.momentum * memory[0] + v
        return p - lr * v, (v,)


class Adam(Optimizer):
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
        super().__init__(lr)
        _check("beta1", beta1, _is_share, "at least 0 and less than 1")
        _check("beta2", beta2, _is_share, "at least 0 and less than 1")
        _check("eps", eps, lambda x: 0 < x < math.inf, "a positive number")
        self.beta1, self.beta2, self.eps = beta1, beta2, eps

    def rule(self, p: Any, g: Any, memory: Memory, t: int, lr: float) -> tuple[Any, Memory]:
        """Return p - lr · m̂ / (sqrt(v̂) + eps), and m and v."""
        m, v = memory or (0.0, 0.0)
        m = self.beta1 * m + (1 - self.beta1) * g
        v = self.beta2 * v + (1 - self.beta2) * g * g
        unbias1, unbias2 = 1 - self.beta1**t, 1 - self.beta2**t
        return p - lr * (m / unbias1) / (_sqrt(v / unbias2) + self.eps), (m, v)


def _sqrt(x: Any) -> Any:
    return math.sqrt(x) if isinstance(x, float) else x**0.5


def _is_share(x: float) -> bool:
    return 0 <= x < 1


def _check(name: str, x: Any, fits: Callable[[float], bool], wanted: str) -> None:
    if not (isinstance(x, Real) and fits(float(x))):
        raise ValueError(f"{name} is {wanted}, not {shortened(x)}")
