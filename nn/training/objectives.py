"""Compute the mean loss of a batch and its gradient, compiled or by backpropagation through the graph."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from math import isfinite
from typing import Any

import numpy as np

import autograd
from autograd import Value, mean, no_grad, where

from ..evaluation import batched, chunks
from ..shared import LOCK, Backing, Operand, refuse_foreign
from .samples import Array, Samples

Loss = Callable[[Any, Any], Value]

_COMPARISONS = ("<", "<=", ">", ">=")  # operations whose derivative is 0


class Compiled:
    """The mean loss as an array program, compiled for batches like the samples `first`.

    Arrays of parameters are in the order of `model.parameters()`. `outputs` applies the model to an array of samples.
    """

    def __init__(self, model: Any, loss: Loss, first: Samples) -> None:
        parameters = model.parameters()
        known = set(parameters)

        def loss_of(x: Any, y: Any) -> Any:
            value = loss(model(x), y)
            if not depends_on(value, known):
                raise _no_dependence()
            return value

        self._step = autograd.compile(loss_of, parameters)
        self.outputs = batched(model, compiled=True)
        try:
            with np.errstate(all="ignore"):
                self.value_and_grad(numbers(parameters), *first)
        except TypeError as error:
            hint = "use where, maximum and choose of autograd, or pass compiled=False"
            raise TypeError(f"the model or its loss cannot be compiled: {error}; {hint}") from error

    def value_and_grad(self, theta: Array, X: Array, Y: Array) -> tuple[float, Array]:
        """Return the mean loss of a batch for the parameters `theta`, and its gradient."""
        loss, gradient = self._step.value_and_grad(theta, X.astype(float, copy=False), Y.astype(float, copy=False))
        return loss, gradient

    def value(self, X: Array, Y: Array) -> float:
        """Return the mean loss of any number of samples for the current parameters of the model."""
        return float(sum(self._step(x, y) * len(x) for x, y in zip(chunks(X), chunks(Y))) / len(X))


class Eager:
    """The mean loss as a graph, recorded again for each batch; it has the methods of `Compiled`.

    Raise ValueError if the loss depends on no parameter for any of the samples `data`.
    """

    def __init__(self, model: Any, loss: Loss, data: Samples) -> None:
        if not (Value(1.0) * Value(1.0)).inputs:
            raise RuntimeError(
                "graphs are not recorded inside no_grad: call fit() outside of it, or pass compiled=True"
            )
        self.model, self.loss, self.parameters = model, loss, model.parameters()
        self.outputs = batched(model, compiled=False)
        known = set(self.parameters)
        if not any(depends_on(loss(model(x), y), known) for x, y in zip(data.X.tolist(), data.Y.tolist())):
            raise _no_dependence()

    def value_and_grad(self, theta: Array, X: Array, Y: Array) -> tuple[float, Array]:
        """Return the mean loss of a batch for the parameters `theta`, and its gradient."""
        for p, x in zip(self.parameters, theta.tolist()):
            p.data, p.grad = x, 0.0
        value = self._mean(X, Y)
        if isinstance(value, Value) and isfinite(value.data):
            value.backward()
        return float(value), np.array([p.grad for p in self.parameters])

    def value(self, X: Array, Y: Array) -> float:
        """Return the mean loss of any number of samples for the current parameters of the model."""
        with no_grad():
            return float(self._mean(X, Y))

    def _mean(self, X: Array, Y: Array) -> Any:
        return mean([self.loss(self.model(x), y) for x, y in zip(X.tolist(), Y.tolist())])


Objective = Compiled | Eager


def numbers(parameters: Sequence[Value]) -> Array:
    """Return the data of the `parameters` as an array."""
    return np.array(Backing(parameters, np.array).numbers())


def write(parameters: Sequence[Value], theta: Array) -> None:
    """Set the data of the `parameters` to the numbers in `theta`, and their gradients to 0."""
    with LOCK:
        backing = Backing(parameters, np.array).held()
        backing.data, backing.grad = theta.copy(), np.zeros_like(theta)


def depends_on(loss: Any, parameters: Collection[Value]) -> bool:
    """Return True if the graph of `loss` leads to one of the `parameters`, even if the derivative is 0.

    >>> w = Value(2.0)
    >>> depends_on(3 * w, {w}), depends_on(3 * w.data, {w})
    (True, False)
    """
    refuse_foreign(loss, Value)
    stack, seen = [loss], set()
    while stack:
        node = stack.pop()
        is_node = isinstance(node, Operand)
        if not is_node or node in seen:
            continue
        if node in parameters:
            return True
        seen.add(node)
        if node.op is not None and node.op.name not in _COMPARISONS:
            stack += node.inputs[1:] if node.op is where else node.inputs
    return False


def _no_dependence() -> ValueError:
    """Return the error for a loss that depends on no parameter."""
    return ValueError(
        "the loss does not depend on any parameter of the model, so there is nothing to train: compute it from "
        "model(x) with operations of autograd, without v.data, float(v), detach(v) or comparisons"
    )
