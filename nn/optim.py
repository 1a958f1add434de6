"""Optimisers: update parameters from their gradients."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from autograd import Value

from .checks import check_number
from .shared import LOCK, Backing, backing_of

if TYPE_CHECKING:
    from .blocks import Block

Memory = tuple[Any, ...]

_positive, _share = partial(check_number, positive=True), partial(check_number, below=1)


class Optimizer:
    """The base class of optimisers: a learning rate `lr` and an update `rule` for numbers or arrays.

    A subclass needs only a rule to update Values and to train in `nn.fit`:

    >>> class Halving(Optimizer):
    ...     def rule(self, p, g, memory, t, lr):
    ...         return p - lr * g / 2**t, memory
    >>> p = Value(1.0)
    >>> p.grad = 4.0
    >>> Halving(lr=0.1).step([p])
    >>> p.data
    0.8

    Options such as `lr` are checked whenever they are set. Copies and pickles keep the state of past steps. It belongs
    to the parameters that were copied with the optimiser, or to those of the first step, in the same order.
    """

    _checks: ClassVar[dict[str, Callable[[str, Any], float]]] = {"lr": check_number}

    def __init__(self, lr: float) -> None:
        check_number("lr", lr, positive=True)
        self.lr = lr
        self._memories: dict[Value, tuple[int, Memory]] = {}  # the number of steps, and the state of the rule
        self._block: Block | None = None  # the same for parameters in arrays, until `_spread`
        self._is_copy = False

    def __setattr__(self, name: str, x: Any) -> None:
        super().__setattr__(name, self._checks[name](name, x) if name in self._checks else x)

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _memories=dict(state["_memories"]), _is_copy=True)

    def rule(self, p: Any, g: Any, memory: Memory, t: int, lr: float) -> tuple[Any, Memory]:
        """Return the parameter `p` after step `t`, counted from 1, with the gradient `g`, and the new memory.

        `p` and `g` are floats or arrays of the same shape; do not modify them. The memory is a tuple of floats or
        arrays that the rule keeps between steps, such as a momentum; it is empty at first.
        """
        raise NotImplementedError

    def step(self, parameters: Iterable[Value]) -> None:
        """Update each of the `parameters` from its gradient.

        If a compiled function holds exactly these parameters in arrays, the rule is called once, with the arrays.
        """
        parameters = parameters if isinstance(parameters, list) else list(parameters)
        if self._is_copy:
            self._adopt(parameters)
        with LOCK:
            backing = backing_of(parameters)
            if backing is None or not self._step_at_once(backing):
                self._step_each(parameters)

    def _step_each(self, parameters: list[Value]) -> None:
        self._spread()
        memories, rule, lr = self._memories, self.rule, self.lr
        for p in parameters:
            t, memory = memories.get(p, (0, ()))
            p.data, memory = rule(p.data, p.grad, memory, t + 1, lr)
            memories[p] = t + 1, memory

    def _step_at_once(self, backing: Backing) -> bool:
        """Apply the rule to the arrays. Return False, and change nothing, if it takes only single numbers."""
        from .blocks import gathered  # which needs NumPy

        if self._block and not backing.is_of(self._block.parameters):
            self._spread()
        block = self._block or gathered(backing.parameters, self._memories)
        block = block and block.step(self.rule, backing, self.lr)
        self._block = block or self._block
        return block is not None

    def _spread(self) -> None:
        """Give each parameter its own memory again."""
        if self._block:
            self._memories.update(self._block.spread())
            self._block = None

    def __getstate__(self) -> dict[str, Any]:
        self._spread()
        return vars(self)

    def _adopt(self, parameters: list[Value]) -> None:
        """Assign the memories of a copied optimiser to the `parameters` of its first step, if these are not its own."""
        if self._memories and not any(p in self._memories for p in parameters):
            if len(parameters) != len(self._memories):
                raise ValueError(
                    f"parameters must be the {len(self._memories)} that the copied optimizer was used with, got "
                    f"{len(parameters)}: copy model and optimizer together, or make a new optimizer"
                )
            self._memories = dict(zip(parameters, self._memories.values()))
        self._is_copy = False


class SGD(Optimizer):
    """Stochastic gradient descent, optionally with momentum and weight decay.

    For a parameter p with gradient g, a step is: g += weight_decay · p; v = momentum · v + g; p -= lr · v.

    >>> p = Value(1.0)
    >>> p.grad = 4.0
    >>> SGD(lr=0.1).step([p])
    >>> p.data
    0.6
    """

    _checks = Optimizer._checks | {"momentum": _share, "weight_decay": check_number}

    def __init__(self, lr: float = 0.01, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
        super().__init__(lr)
        self.momentum, self.weight_decay = momentum, weight_decay

    def rule(self, p: Any, g: Any, memory: Memory, t: int, lr: float) -> tuple[Any, Memory]:
        """Return p - lr · v, and v if there is a momentum."""
        v = g + self.weight_decay * p if self.weight_decay else g
        if self.momentum:
            v = self.momentum * memory[0] + v if memory else v
            memory = (v,)
        return p - lr * v, memory


class Adam(Optimizer):
    """Adam (Kingma and Ba, 2015): steps scaled by running means of the gradient and its square.

    m = beta1 · m + (1 - beta1) · g; v = beta2 · v + (1 - beta2) · g²; p -= lr · m̂ / (sqrt(v̂) + eps), where
    m̂ = m / (1 - beta1**t) and v̂ = v / (1 - beta2**t) at step t.

    >>> p = Value(1.0)
    >>> p.grad = 4.0
    >>> Adam(lr=0.1).step([p])
    >>> round(p.data, 6)
    0.9
    """

    _checks = Optimizer._checks | {"beta1": _share, "beta2": _share, "eps": _positive}

    def __init__(self, lr: float = 0.001, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8) -> None:
        super().__init__(lr)
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
