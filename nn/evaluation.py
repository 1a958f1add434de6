"""What a model reads in samples, and how often that is right.

A model with a list of k outputs, at least 2, reads the class 0 to k - 1 whose output is the largest, the first of such.
One with one output reads the class 1 where that is positive, else 0, or -1 where the labels are -1 and 1.
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

Read = Callable[[Array], Array]


def predict(model: Callable[[Any], Any], X: Any, *, raw: bool = False) -> Array:
    """Return the class, a whole number, that `model` reads in each sample of `X`; with `raw`, its outputs themselves.

    The classes are an array of shape (n,), raw outputs one of shape (n,), or (n, k) of a model with k outputs.

    >>> predict(lambda x: x[0] - x[1], [[2.0, 1.0], [1.0, 2.0]])
    array([1, 0])
    >>> predict(lambda x: [x[0], x[1], x[0] + x[1]], [[2.0, 1.0]], raw=True)
    array([[2., 1., 3.]])

    All samples are computed by one array program, or, where the model cannot be compiled, one scalar at a time.
    """
    check_flag("raw", raw)
    outputs = _outputs(model, as_array("X", X))
    return outputs if raw else classes_read(outputs)


def accuracy(model: Callable[[Any], Any], X: Any, Y: Any) -> float:
    """Return the part of the samples `X` in which `model` reads the class that `Y` has for them.

    >>> accuracy(lambda x: x[0] - x[1], [[2.0, 1.0], [1.0, 2.0]], [1, 1])
    0.5
    """
    X, Y = samples(X, Y)
    return part_right(_outputs(model, X), Y)


def confusion(model: Callable[[Any], Any], X: Any, Y: Any) -> Confusion:
    """Return how often `model` reads each class in the samples `X` of each class, by the labels `Y`.

    >>> confusion(lambda x: x[0] - x[1], [[2.0, 1.0], [1.0, 2.0], [0.0, 1.0]], [1, 1, 0])
    read as  0  1
    0        1  .
    1        1  1
    """
    X, Y = samples(X, Y)
    outputs = _outputs(model, X)
    classes = classes_known(outputs, Y)
    counts = [[0] * len(classes) for _ in classes]
    for label, read in zip(places_of(Y, classes), classes_read(outputs).tolist()):
        counts[label][read] += 1
    return Confusion(counts, classes)


def classes_read(outputs: Array) -> Array:
    """Return the class that each of `outputs` means, those of a model for some samples."""
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


def part_right(outputs: Array, Y: Array) -> float:
    """Return the part of the samples whose `outputs` mean the class that `Y` has for them."""
    places = places_of(Y, classes_known(outputs, Y))
    return float(np.mean(classes_read(outputs) == places))


def reader(model: Callable[[Any], Any], compiled: bool) -> Read:
    """Return the function that gives the outputs of `model` for an array of samples, with its parameters of then."""
    parameters = model.parameters() if hasattr(model, "parameters") else ()
    step = autograd.compile(model, parameters, reduction=None) if compiled else None

    def read(X: Array) -> Array:
        if step:
            outputs = [np.moveaxis(np.asarray(step(chunk)), -1, 0) for chunk in chunks(X.astype(float, copy=False))]
            return np.concatenate(outputs)
        with no_grad():
            return np.array([model(x) for x in X.tolist()], dtype=float)

    return read


def chunks(array: Array) -> list[Array]:
    """Return `array` in parts of at most that many samples."""
    return [array[i : i + CHUNK] for i in range(0, len(array), CHUNK)]


def _outputs(model: Callable[[Any], Any], X: Array) -> Array:
    if not callable(model):
        raise TypeError(f"model must be a function of one sample, such as an MLP, got {type(model).__name__}")
    try:
        with suppress(TypeError):  # a branch on a number, or a model that fails in any case
            return reader(model, compiled=True)(X)
        return reader(model, compiled=False)(X)
    except ValueError as mistake:
        raise ValueError(f"the model cannot read samples of the shape {X.shape[1:]}: {mistake}") from mistake


def _plain(outputs: Array) -> Array:
    """Return `outputs` with one axis where there is one output for each sample."""
    outputs = without_column(outputs)
    if outputs.ndim > 2:
        raise ValueError(f"classes are read from one output or a list of them, not from the shape {outputs.shape[1:]}")
    return outputs


def classes_known(outputs: Array, Y: Array) -> list[int]:
    """Return the labels of the classes that a model with such `outputs` can read, where the labels are `Y`."""
    outputs = _plain(outputs)
    if outputs.ndim == 2:
        return list(range(outputs.shape[1]))
    return [-1, 1] if bool((Y == -1).any()) else [0, 1]


def places_of(Y: Array, classes: Sequence[int]) -> Array:
    """Return the place of each label of `Y` among the `classes`."""
    Y = without_column(Y)
    known = np.isin(Y, classes)
    if Y.ndim != 1 or not known.all():
        i = int(np.argmin(known.reshape(len(Y), -1).all(axis=1)))
        named = " or ".join(map(str, classes)) if len(classes) == 2 else f"0 to {len(classes) - 1}"
        raise ValueError(f"Y[{i}] is {Y[i].tolist()}, but this model reads the classes {named}")
    return np.searchsorted(classes, Y)
