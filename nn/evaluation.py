"""Predictions of a model, and how often they are right.

A model with a list of k outputs, at least 2, predicts the class 0 to k - 1 whose output is the largest, the first of
such. One with one output predicts the class 1 where that is positive, else 0, or -1 where the labels are -1 and 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

import autograd
from autograd import no_grad

from .checks import check_flag
from .confusion_table import Confusion
from .training.samples import Array, as_array, samples, without_column

CHUNK = 128  # samples that are computed at once: few enough for a cache

Batched = Callable[[Array], Array]


def predict(model: Callable[[Any], Any], X: Any, *, raw: bool = False) -> Array:
    """Return the class, a whole number, that `model` predicts for each sample of `X`; with `raw`, its outputs.

    The classes are an array of shape (n,), raw outputs one of shape (n,), or (n, k) of a model with k outputs.

    >>> predict(lambda x: x[0] - x[1], [[2.0, 1.0], [1.0, 2.0]])
    array([1, 0])
    >>> predict(lambda x: [x[0], x[1], x[0] + x[1]], [[2.0, 1.0]], raw=True)
    array([[2., 1., 3.]])

    All samples are computed by one array program, or, where the model cannot be compiled, one scalar at a time.
    """
    check_flag("raw", raw)
    outputs = _outputs(model, as_array("X", X))
    return outputs if raw else predicted_classes(outputs)


def accuracy(model: Callable[[Any], Any], X: Any, Y: Any) -> float:
    """Return the share of the samples `X` for which `model` predicts the class in `Y`.

    >>> accuracy(lambda x: x[0] - x[1], [[2.0, 1.0], [1.0, 2.0]], [1, 1])
    0.5
    """
    X, Y = samples(X, Y)
    return accuracy_of(_outputs(model, X), Y)


def confusion(model: Callable[[Any], Any], X: Any, Y: Any) -> Confusion:
    """Count how often `model` predicts each class for the samples `X` of each class, by the labels `Y`.

    >>> confusion(lambda x: x[0] - x[1], [[2.0, 1.0], [1.0, 2.0], [0.0, 1.0]], [1, 1, 0])
    predicted  0  1
    0          1  .
    1          1  1
    """
    X, Y = samples(X, Y)
    outputs = _outputs(model, X)
    classes = known_classes(outputs, Y)
    counts = [[0] * len(classes) for _ in classes]
    for label, predicted in zip(class_indices(Y, classes), predicted_classes(outputs).tolist()):
        counts[label][predicted] += 1
    return Confusion(counts, classes)


def predicted_classes(outputs: Array) -> Array:
    """Return the class that each of the `outputs` of a model stands for, counted from 0."""
    outputs = _plain(outputs)
    return (outputs > 0).astype(int) if outputs.ndim == 1 else outputs.argmax(axis=1)


@np.errstate(over="ignore")  # what is too far below the largest is 0
def softmax(logits: Array) -> Array:
    """Return the probabilities that `logits`, along the last axis, stand for: exp(z) / sum of exp(z).

    >>> softmax(np.array([[0.0, 0.0], [1000.0, 0.0]]))
    array([[0.5, 0.5],
           [1. , 0. ]])
    """
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def accuracy_of(outputs: Array, Y: Array) -> float:
    """Return the share of the samples whose `outputs` stand for the class that `Y` has for them."""
    return float(np.mean(predicted_classes(outputs) == class_indices(Y, known_classes(outputs, Y))))


def batched(model: Callable[[Any], Any], compiled: bool) -> Batched:
    """Return `model` as a function of an array of samples; its parameters are read at each call."""
    parameters = model.parameters() if hasattr(model, "parameters") else ()
    step = autograd.compile(model, parameters, reduction=None) if compiled else None

    def outputs_of(X: Array) -> Array:
        if step:
            outputs = [np.moveaxis(np.asarray(step(chunk)), -1, 0) for chunk in chunks(X.astype(float, copy=False))]
            return np.concatenate(outputs)
        with no_grad():
            return np.array([model(x) for x in X.tolist()], dtype=float)

    return outputs_of


def chunks(array: Array) -> list[Array]:
    """Return `array` in parts of at most that many samples."""
    return [array[i : i + CHUNK] for i in range(0, len(array), CHUNK)]


def _outputs(model: Callable[[Any], Any], X: Array) -> Array:
    if not callable(model):
        raise TypeError(f"model must be a function of one sample, such as an MLP, got {type(model).__name__}")
    try:
        with suppress(TypeError):  # a branch on a number, or a model that fails in any case
            return batched(model, compiled=True)(X)
        return batched(model, compiled=False)(X)
    except ValueError as error:
        raise ValueError(f"the model cannot read samples of the shape {X.shape[1:]}: {error}") from error


def _plain(outputs: Array) -> Array:
    """Return `outputs` with one axis where there is one output for each sample."""
    outputs = without_column(outputs)
    if outputs.ndim > 2:
        raise ValueError(f"classes are read from one output or a list of them, not from the shape {outputs.shape[1:]}")
    return outputs


def known_classes(outputs: Array, Y: Array) -> list[int]:
    """Return the labels of the classes that a model with such `outputs` can tell apart, where the labels are `Y`."""
    outputs = _plain(outputs)
    if outputs.ndim == 2:
        return list(range(outputs.shape[1]))
    return [-1, 1] if bool((Y == -1).any()) else [0, 1]


def class_indices(Y: Array, classes: Sequence[int]) -> Array:
    """Return the index of each label of `Y` among the `classes`."""
    Y = without_column(Y)
    known = np.isin(Y, classes)
    if Y.ndim != 1 or not known.all():
        i = int(np.argmin(known.reshape(len(Y), -1).all(axis=1)))
        named = " or ".join(map(str, classes)) if len(classes) == 2 else f"0 to {len(classes) - 1}"
        raise ValueError(f"Y[{i}] is {Y[i].tolist()}, but this model reads the classes {named}")
    return np.searchsorted(classes, Y)
