"""The mean loss of a batch and its gradient: compiled, or by a sweep over the recorded graph."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from math import isfinite
from typing import Any

import numpy as np

import autograd
from autograd import Value, mean, no_grad, where

from ..evaluation import batched, chunks
from ..shared import refuse_foreign
from .samples import Array, Samples

Loss = Callable[[Any, Any], Value]

_COMPARISONS = ("<", "<=", ">", ">=")  # nodes in a function that is compiled; their derivative is 0 everywhere


class Compiled:
    """The objective as an array program, which is made for batches such as the samples `first`.

    Arrays of parameters have the order of `model.parameters()`. `outputs` computes the model for any number of samples.
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
            hint = "write it with where, maximum and choose of autograd, or train it as it is by compiled=False"
            raise TypeError(f"the model or its loss cannot be compiled: {error}; {hint}") from error

    def value_and_grad(self, theta: Array, X: Array, Y: Array) -> tuple[float, Array]:
        """Return the mean loss of a batch, with the parameters `theta`, and its gradient by these."""
        loss, gradient = self._step.value_and_grad(theta, X.astype(float, copy=False), Y.astype(float, copy=False))
        return loss, gradient

    def value(self, X: Array, Y: Array) -> float:
        """Return the mean loss of any number of samples, with the parameters that are in the model."""
        return float(sum(self._step(x, y) * len(x) for x, y in zip(chunks(X), chunks(Y))) / len(X))


class Eager:
    """The objective as the graph of each batch, one scalar at a time.

    It has the methods of `Compiled`. The loss must depend on a parameter for one of the samples `data` at least.
    """

    def __init__(self, model: Any, loss: Loss, data: Samples) -> None:
        if not (Value(1.0) * Value(1.0)).inputs:
            raise RuntimeError("no_grad keeps graphs from being recorded: call fit() outside of it, or compiled")
        self.model, self.loss, self.parameters = model, loss, model.parameters()
        self.outputs = batched(model, compiled=False)
        known = set(self.parameters)
        if not any(depends_on(loss(model(x), y), known) for x, y in zip(data.X.tolist(), data.Y.tolist())):
            raise _no_dependence()

    def value_and_grad(self, theta: Array, X: Array, Y: Array) -> tuple[float, Array]:
        """Return the mean loss of a batch, with the parameters `theta`, and its gradient by these."""
        write(self.parameters, theta)
        value = self._mean(X, Y)
        if isinstance(value, Value) and isfinite(value.data):
            value.backward()
        return float(value), np.array([p.grad for p in self.parameters])

    def value(self, X: Array, Y: Array) -> float:
        """Return the mean loss of any number of samples, with the parameters that are in the model."""
        with no_grad():
            return float(self._mean(X, Y))

    def _mean(self, X: Array, Y: Array) -> Any:
        return mean([self.loss(self.model(x), y) for x, y in zip(X.tolist(), Y.tolist())])


Objective = Compiled | Eager


def numbers(parameters: Sequence[Value]) -> Array:
    """Return the numbers of the `parameters`, as an array."""
    return np.array([p.data for p in parameters])


def write(parameters: Sequence[Value], theta: Array) -> None:
    """Give the `parameters` the numbers of the array `theta`, and gradients of 0."""
    for p, x in zip(parameters, theta.tolist()):
        p.data, p.grad = x, 0.0


def depends_on(loss: Any, parameters: Collection[Value]) -> bool:
    """Say whether derivatives of the `loss` can reach one of the `parameters`, be they 0 at present or not.

    >>> w = Value(2.0)
    >>> depends_on(3 * w, {w}), depends_on(3 * w.data, {w})
    (True, False)
    """
    refuse_foreign(loss, Value)
    stack, seen = [loss], set()
    while stack:
        node = stack.pop()
        if node.__class__ is not Value or node in seen:
            continue
        if node in parameters:
            return True
        seen.add(node)
        if node.op is not None and node.op.name not in _COMPARISONS:
            stack += node.inputs[1:] if node.op is where else node.inputs
    return False


def _no_dependence() -> ValueError:
    """Return the error of a loss that depends on no parameter."""
    return ValueError(
        "the loss does not depend on any parameter of the model, so there is nothing to train: compute it from "
        "model(x) by operations of autograd, without v.data, float(v), detach(v) or comparisons"
    )
