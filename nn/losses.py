"""Losses, of one output or of a batch; of a batch each gives the mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import inf
from numbers import Integral, Real
from typing import Any

from autograd import Value, logsumexp, mean, one_hot, relu, softplus, total, where


def mean_squared_error(outputs: Any, targets: Any) -> Any:
    """The mean of (output - target)².

    >>> mean_squared_error([1.0, 2.0], [1.0, 4.0])
    2.0
    """
    return _mean_of(lambda y, t: (y - t) * (y - t), outputs, targets, "targets")


def hinge(scores: Any, labels: Any) -> Any:
    """The mean of max(0, 1 - label · score), for labels -1 and 1.

    >>> hinge([2.0, -0.5], [1, -1])
    0.25
    """

    def loss(s: Any, y: Any) -> Any:
        _check_label(y, lambda y: y in (-1, 1), "-1 or 1")
        return relu(1 - y * s)

    return _mean_of(loss, scores, labels, "labels")


def binary_cross_entropy(logits: Any, labels: Any) -> Any:
    """The mean of -log σ(z) for label 1 and -log(1 - σ(z)) for label 0, where z are logits.

    These are softplus(-z) and softplus(z), which neither overflow nor round small losses to 0. A label between 0 and 1
    is a probability: then the loss is the mean of both, weighted by it.

    >>> binary_cross_entropy([0.0, 800.0], [1, 1])
    0.34657359027997264
    """

    def loss(z: Any, y: Any) -> Any:
        _check_label(y, lambda y: 0 <= y <= 1, "between 0 and 1")
        if not isinstance(y, Value) and y in (0, 1):
            return softplus(-z if y else z)
        mixed = y * softplus(-z) + (1 - y) * softplus(z)
        certain = where(y >= 1, softplus(-z), where(y <= 0, softplus(z), inf))
        return where(abs(z) < inf, mixed, certain)  # `mixed` would be nan for 0 times infinity

    return _mean_of(loss, logits, labels, "labels")


def cross_entropy(logits: Sequence[Any], label: Any) -> Any:
    """The softmax cross-entropy: minus the log-probability of the right class.

    This is logsumexp(z - z[label]) over all logits z. The term of the label itself is the constant 0, so the loss and
    its gradient are exact for a small loss, too, where logsumexp(z) - z[label] would round to 0.

    For a batch, give a list of lists of logits and the list of their labels.

    >>> cross_entropy([1.0, 1.0], 0)
    0.6931471805599453
    >>> cross_entropy([[1.0, 1.0], [1000.0, 0.0]], [0, 0])
    0.34657359027997264
    """
    if isinstance(logits, Real):
        raise ValueError("the logits are a list of one for each class, not one number: see binary_cross_entropy")
    if isinstance(label, Value):  # that of any sample, where the loss is compiled
        hot = one_hot(label, len(logits))
        chosen = total([where(is_label, z, 0.0) for is_label, z in zip(hot, logits)])
        return logsumexp([where(is_label, 0.0, z - chosen) for is_label, z in zip(hot, logits)])
    if not isinstance(label, Integral):
        if isinstance(label, Real):
            raise TypeError(f"the label of a class is a whole number, not {type(label).__name__}: {label}")
        _check_lengths(logits, label, "labels")
        return mean([cross_entropy(row, y) for row, y in zip(logits, label)])
    if not 0 <= int(label) < len(logits):
        raise ValueError(f"the label {label} is none of the {len(logits)} classes 0 to {len(logits) - 1}")
    chosen = logits[int(label)]
    return logsumexp([0.0 if i == label else z - chosen for i, z in enumerate(logits)])


def _mean_of(loss: Callable[[Any, Any], Any], outputs: Any, wanted: Any, name: str) -> Any:
    if not isinstance(outputs, Real):
        return mean(list(_each(loss, outputs, wanted, name)))
    if isinstance(wanted, Sequence):
        raise ValueError(f"one output needs one of the {name}, not a list of {len(wanted)}")
    return loss(outputs, wanted)


def _each(loss: Callable[[Any, Any], Any], outputs: Any, wanted: Any, name: str) -> Iterator[Any]:
    """Yield the loss of each single output in (nested) lists of them."""
    _check_lengths(outputs, wanted, name)
    for y, t in zip(outputs, wanted):
        if isinstance(y, Real):
            yield loss(y, t)
        else:
            yield from _each(loss, y, t, name)


def _check_lengths(outputs: Any, wanted: Any, name: str) -> None:
    if not hasattr(wanted, "__len__") or len(outputs) != len(wanted):
        given = len(wanted) if hasattr(wanted, "__len__") else f"the number {wanted!r}"
        raise ValueError(f"{len(outputs)} outputs need as many {name}, not {given}")


def _check_label(label: Any, fits: Callable[[Any], bool], allowed: str) -> None:
    if isinstance(label, Real) and not isinstance(label, Value) and not fits(label):
        raise ValueError(f"a label is {allowed}, not {label}")
