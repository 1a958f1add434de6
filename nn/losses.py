"""Loss functions for one sample or a batch; for a batch, they return the mean.

Outputs and targets are numbers, or lists or arrays of the same shape: nothing is broadcast. Labels may be numbers of
any type; their values are checked, also at each call of a compiled function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from math import inf
from typing import TYPE_CHECKING, Any, SupportsFloat, overload

from autograd import Requirement, Value, logsumexp, mean, one_hot, relu, softplus, total, where

from .shapes import Names, is_number, is_row, pairs, plain
from .shared import Operand

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = float | Sequence[float] | Sequence[Sequence[float]] | NDArray[Any]
    Numbers = SupportsFloat | Iterable[Any]

HINGE_LABEL = Requirement("label", -1, 1, step=2, hint="use 2 * y - 1 for labels y that are 0 and 1")
BINARY_LABEL = Requirement("label", 0, 1, hint="use (y + 1) / 2 for labels y that are -1 and 1")


@lru_cache(maxsize=64)
def class_label(classes: int) -> Requirement:
    """Return the requirement for labels from 0 to `classes` - 1."""
    return Requirement("label", 0, classes - 1, step=1, hint="classes are counted from 0")


@overload
def mean_squared_error(outputs: Floats, targets: Floats) -> float: ...  # type: ignore[overload-overlap]
@overload
def mean_squared_error(outputs: Numbers, targets: Numbers) -> Value: ...
def mean_squared_error(outputs: Numbers, targets: Numbers) -> Value | float:
    """Return the mean of (output - target)².

    >>> mean_squared_error([1.0, 2.0], [1.0, 4.0])
    2.0
    """
    return _mean_of(lambda y, t: (y - t) * (y - t), outputs, targets, Names("outputs", "targets"))


@overload
def hinge(scores: Floats, labels: Floats) -> float: ...  # type: ignore[overload-overlap]
@overload
def hinge(scores: Numbers, labels: Numbers) -> Value: ...
def hinge(scores: Numbers, labels: Numbers) -> Value | float:
    """Return the mean of max(0, 1 - label · score), for labels -1 and 1.

    >>> hinge([2.0, -0.5], [1, -1])
    0.25
    """

    def loss(s: Any, y: Any) -> Any:
        HINGE_LABEL.check(y)
        return relu(1 - y * s)

    return _mean_of(loss, scores, labels, Names("scores", "labels"))


@overload
def binary_cross_entropy(logits: Floats, labels: Floats) -> float: ...  # type: ignore[overload-overlap]
@overload
def binary_cross_entropy(logits: Numbers, labels: Numbers) -> Value: ...
def binary_cross_entropy(logits: Numbers, labels: Numbers) -> Value | float:
    """Return the mean of -log σ(z) for label 1 and -log(1 - σ(z)) for label 0, where z is a logit.

    They are computed as softplus(-z) and softplus(z), which neither overflow nor round small losses to 0. A label y
    between 0 and 1 is a probability; its loss is y · softplus(-z) + (1 - y) · softplus(z).

    >>> binary_cross_entropy([0.0, 800.0], [1, 1])
    0.34657359027997264
    """

    def loss(z: Any, y: Any) -> Any:
        BINARY_LABEL.check(y)
        if not isinstance(y, Operand) and y in (0, 1):
            return softplus(-z if y else z)
        mixed = y * softplus(-z) + (1 - y) * softplus(z)
        certain = where(y >= 1, softplus(-z), where(y <= 0, softplus(z), inf))
        return where(abs(z) < inf, mixed, certain)  # 0 times infinity would make `mixed` nan

    return _mean_of(loss, logits, labels, Names("logits", "labels"))


@overload
def cross_entropy(logits: Floats, label: Floats) -> float: ...  # type: ignore[overload-overlap]
@overload
def cross_entropy(logits: Iterable[Any], label: Numbers) -> Value: ...
def cross_entropy(logits: Any, label: Any) -> Value | float:
    """Return the softmax cross-entropy: minus the log-probability of the class `label`, counted from 0.

    It is computed as logsumexp(z - z[label]) over all logits z. The term of the label is exactly 0, so that a small
    loss and its gradient are accurate, where logsumexp(z) - z[label] would round to 0.

    For a batch, pass a list of lists of logits and a list of labels.

    >>> cross_entropy([1.0, 1.0], 0)
    0.6931471805599453
    >>> cross_entropy([[1.0, 1.0], [1000.0, 0.0]], [0, 0])
    0.34657359027997264
    """
    if is_number(plain(logits)):
        raise ValueError("logits must be a list, one per class, got one number: use binary_cross_entropy")
    return _mean_of(_cross_entropy, logits, label, Names("logits", "labels", axes=1))


def _cross_entropy(logits: Sequence[Any], label: Any) -> Any:
    number = class_label(len(logits)).check(label)
    if number == number:
        chosen = logits[int(number)]
        return logsumexp([0.0 if i == number else z - chosen for i, z in enumerate(logits)])
    hot = one_hot(label, len(logits))  # labels are not known yet while a function is compiled
    chosen = total([where(is_label, z, 0.0) for is_label, z in zip(hot, logits)])
    return logsumexp([where(is_label, 0.0, z - chosen) for is_label, z in zip(hot, logits)])


def _mean_of(loss: Callable[[Any, Any], Any], outputs: Any, targets: Any, names: Names) -> Value | float:
    outputs, targets = plain(outputs), plain(targets)
    is_one = is_number(targets) and (is_row(outputs) if names.axes else is_number(outputs))
    result: Value | float
    result = loss(outputs, targets) if is_one else mean([loss(*pair) for pair in pairs(outputs, targets, names)])
    return result
