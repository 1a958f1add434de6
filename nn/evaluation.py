"""Predict with a model, and measure its accuracy.

With several outputs, the predicted class is the index of the largest output, the first one for ties. With one output,
it is 1 if the output is positive, and otherwise 0, or -1 if the labels are -1 and 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import autograd
from autograd import no_grad

from .checks import check_flag
from .shared import Table, printed
from .training.samples import Array, as_array, samples, without_column

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CHUNK = 128  # samples computed at once, few enough for the cache

Batched = Callable[[Array], Array]


def predict(model: Callable[[Any], Any], X: Any, *, raw: bool = False) -> Array:
    """Return the class that `model` predicts for each of the samples `X`; with `raw`, return the outputs.

    The classes are an array of shape (n,). Outputs have the shape (n,), or (n, k) for a model with k outputs.

    >>> predict(lambda x: x[0] - x[1], [[2.0, 1.0], [1.0, 2.0]])
    array([1, 0])
    >>> predict(lambda x: [x[0], x[1], x[0] + x[1]], [[2.0, 1.0]], raw=True)
    array([[2., 1., 3.]])

    The model is compiled to an array program. If that fails, it is called for each sample.
    """
    check_flag("raw", raw)
    outputs = _outputs(model, as_array("X", X))
    return outputs if raw else predicted_classes(outputs)


def accuracy(model: Callable[[Any], Any], X: Any, Y: Any) -> float:
    """Return the fraction of the samples `X` for which `model` predicts the label in `Y`.

    >>> accuracy(lambda x: x[0] - x[1], [[2.0, 1.0], [1.0, 2.0]], [1, 1])
    0.5
    """
    X, Y = samples(X, Y)
    return accuracy_of(_outputs(model, X), Y)


def confusion(model: Callable[[Any], Any], X: Any, Y: Any) -> Confusion:
    """Return the confusion table of `model` for the samples `X` with the labels `Y`.

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
    """Return the class of each of the `outputs`, counted from 0."""
    outputs = _plain(outputs)
    return (outputs > 0).astype(int) if outputs.ndim == 1 else outputs.argmax(axis=1)


@np.errstate(over="ignore")  # differences from the largest may overflow; exp gives 0 then
def softmax(logits: Array) -> Array:
    """Return the softmax of `logits` along the last axis: exp(z) / sum of exp(z).

    >>> softmax(np.array([[0.0, 0.0], [1000.0, 0.0]]))
    array([[0.5, 0.5],
           [1. , 0. ]])
    """
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def accuracy_of(outputs: Array, Y: Array) -> float:
    """Return the fraction of the samples whose `outputs` give the class in `Y`."""
    return float(np.mean(predicted_classes(outputs) == class_indices(Y, known_classes(outputs, Y))))


def batched(model: Callable[[Any], Any], compiled: bool) -> Batched:
    """Return a function that applies `model` to an array of samples, with its current parameters."""
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
    """Split `array` into parts of at most CHUNK samples."""
    return [array[i : i + CHUNK] for i in range(0, len(array), CHUNK)]


def _outputs(model: Callable[[Any], Any], X: Array) -> Array:
    if not callable(model):
        raise TypeError(f"model must be a function of one sample, such as an MLP, got {type(model).__name__}")
    try:
        with suppress(TypeError):  # the model has a branch, or fails in any case
            return batched(model, compiled=True)(X)
        return batched(model, compiled=False)(X)
    except ValueError as error:
        raise ValueError(f"the model fails for samples of shape {X.shape[1:]}: {error}") from error


def _plain(outputs: Array) -> Array:
    """Return `outputs`, without the last axis if it has length 1."""
    outputs = without_column(outputs)
    if outputs.ndim > 2:
        raise ValueError(
            f"the outputs of a sample must be one number or a list to have a class, got shape {outputs.shape[1:]}"
        )
    return outputs


def known_classes(outputs: Array, Y: Array) -> list[int]:
    """Return the labels that a model can predict; for one output, they are 0 and 1, or -1 and 1 if `Y` contains -1."""
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
        raise ValueError(f"Y[{i}] must be a class of this model, {named}, got {Y[i].tolist()}")
    return np.searchsorted(classes, Y)


@printed
@dataclass(frozen=True, repr=False)
class Confusion:
    """A confusion table: counts[i][j] samples of classes[i] are predicted as classes[j].

    >>> table = Confusion([[5, 0], [1, 4]], [0, 1])
    >>> table
    predicted  0  1
    0          5  .
    1          1  4
    >>> table.right, table.total
    (9, 10)
    """

    counts: list[list[int]]
    classes: Sequence[int | str]

    @property
    def right(self) -> int:
        """The number of samples that are classified correctly."""
        return sum(row[i] for i, row in enumerate(self.counts))

    @property
    def total(self) -> int:
        """The number of samples."""
        return sum(map(sum, self.counts))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Plot the table on the axes `ax`, by default new ones, and return the axes."""
        from .plot import confusion_table

        return confusion_table(self, ax=ax)

    def __repr__(self) -> str:
        cells = self._cells()
        width = max(len(cell) for row in cells for cell in row[1:])
        return Table([[row[0], *(cell.rjust(width) for cell in row[1:])] for row in cells]).text(is_ruled=False)

    def _repr_html_(self) -> str:
        return Table(self._cells()).html()

    def _cells(self) -> list[list[str]]:
        rows = [[str(c), *(str(n or ".") for n in row)] for c, row in zip(self.classes, self.counts)]
        return [["predicted", *map(str, self.classes)], *rows]
