"""Samples and targets that users give, as arrays that were looked at: errors name the row."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Real
from reprlib import repr as shortened
from typing import Any, NamedTuple

import numpy as np

from autograd import Requirement, Value

from ..losses import (
    BINARY_LABEL,
    HINGE_LABEL,
    binary_cross_entropy,
    class_label,
    cross_entropy,
    hinge,
    mean_squared_error,
)
from ..shapes import shape_of
from ..shared import refuse_foreign

Array = np.ndarray[Any, np.dtype[Any]]


class Samples(NamedTuple):
    """Samples `X` and their targets `Y`, as arrays of floats or of whole numbers, whose first axes are equally long."""

    X: Array
    Y: Array


def samples(X: Any, Y: Any, part: str = "") -> Samples:
    """Return `X` and `Y`, lists or arrays of numbers, as arrays of equal length; errors put `part` before their names.

    >>> samples([[0, 1], [2, 3]], [0.5, 1.5]).Y
    array([0.5, 1.5])
    """
    found = Samples(as_array(f"{part}X", X), as_array(f"{part}Y", Y))
    if len(found.X) != len(found.Y):
        n, m = map(len, found)
        raise ValueError(f"{part}X has {n} samples, and {part}Y has {m} targets: give one for each")
    return found


def as_array(name: str, data: Any) -> Array:
    """Return `data`, a list or an array of finite numbers, as an array of float64 or, of whole numbers, of int64."""
    is_list = hasattr(data, "__len__") and hasattr(data, "__getitem__") and getattr(data, "shape", None) != ()
    if not is_list or isinstance(data, (str, bytes, dict)):
        raise TypeError(f"{name} is a list or an array with an entry for each sample, not {type(data).__name__}")
    if not len(data):
        raise ValueError(f"{name} is empty: give at least one sample")
    if isinstance(data, np.ma.MaskedArray) and np.ma.is_masked(data):
        raise ValueError(
            f"{name} has masked numbers: leave the samples out, or replace them, such as by {name}.filled(0)"
        )
    try:
        array = np.asarray(data)
    except ValueError as error:
        _find_fault(name, data)
        raise ValueError(f"{name} is no array of numbers: {error}") from None
    if array.dtype.kind not in "fiub":
        _find_fault(name, data)
        array = np.asarray(array.tolist())  # of lists in a column, or of numbers that NumPy takes for objects
    array = array.astype(np.int64 if array.dtype.kind in "iub" else np.float64, copy=False)
    finite = np.isfinite(array)
    if not finite.all():
        place = tuple(np.argwhere(~finite)[0].tolist())
        where = name + "".join(f"[{i}]" for i in place)
        raise ValueError(f"{where} is {array[place]}: leave the sample out, or give it a number")
    return array


def without_column(Y: Array) -> Array:
    """Return `Y` of shape (n, 1) in the shape (n,), and any other as it is."""
    return Y[:, 0] if Y.shape[1:] == (1,) else Y


def check_targets(loss: Any, data: Samples, outputs: Any, part: str = "") -> Samples:
    """Return `data` with the targets that `loss` needs for a model with such `outputs`, or say which do not suit it.

    This is for the losses of `nn`: cross_entropy needs whole numbers below the number of outputs, hinge -1 and 1,
    binary_cross_entropy numbers from 0 to 1, and for one output there is one target for each sample. Targets of other
    losses are not checked.
    """
    (X, Y), name = data, f"{part}Y"
    shape = shape_of(outputs)
    if loss is cross_entropy and not shape:
        raise ValueError("cross_entropy needs one output for each class; for one output use binary_cross_entropy")
    if not shape and loss in (mean_squared_error, hinge, binary_cross_entropy) and Y.ndim > 1:
        hint = f"; give {name}[:, 0]" if Y.shape[1:] == (1,) else ""
        raise ValueError(f"outputs have shape {Y.shape[:1]}, one for each sample, and {name} has {Y.shape}{hint}")
    if loss is cross_entropy and len(shape) == 1:
        if Y.ndim > 1:
            hints = {shape: "; for one-hot rows, give np.argmax(Y, axis=1)", (1,): f"; give {name}[:, 0]"}
            hint = hints.get(Y.shape[1:], "")
            raise ValueError(f"cross_entropy needs {name} of shape {Y.shape[:1]}, one class each, got {Y.shape}{hint}")
        _check_each(name, Y, class_label(*shape))
        return Samples(X, Y.astype(np.int64))
    if loss is hinge:
        _check_each(name, Y, HINGE_LABEL)
    if loss is binary_cross_entropy:
        _check_each(name, Y, BINARY_LABEL)
    return Samples(X, Y)


def are_labels(loss: Any, Y: Array) -> bool:
    """Say whether `loss` takes the targets `Y` for classes, so that there is an accuracy.

    That is so for one label a sample where the loss is cross_entropy, hinge, or, with labels 0 and 1 only,
    binary_cross_entropy; never for another loss.
    """
    if Y.ndim != 1:
        return False
    return loss in (cross_entropy, hinge) or (loss is binary_cross_entropy and bool(np.isin(Y, (0, 1)).all()))


def _check_each(name: str, Y: Array, label: Requirement) -> None:
    fits = label.fits(Y, np.floor)
    if not fits.all():
        place = tuple(np.argwhere(~fits)[0].tolist())
        raise label.error(Y[place].item(), name + "".join(f"[{i}]" for i in place))


def _find_fault(name: str, data: Any) -> None:
    """Raise an error that names the row of `data` which has another shape than the first one, or is not numbers."""
    rows = data if isinstance(data, (list, tuple)) else np.asarray(data, dtype=object)
    shape = _outline(rows[0])
    for i, row in enumerate(rows):
        for entry in _entries(row):
            refuse_foreign(entry, Value)
            if isinstance(entry, Value) or not isinstance(entry, (Real, np.bool_)):
                raise TypeError(f"{name}[{i}] must be numbers, got {shortened(entry)}")
        if _outline(row) != shape:
            raise ValueError(f"{name}[{i}] is {_outline(row)}, and {name}[0] is {shape}: all samples are alike")


def _entries(row: Any) -> Iterator[Any]:
    if isinstance(row, (list, tuple, np.ndarray)):
        for part in row:
            yield from _entries(part)
    else:
        yield row


def _outline(row: Any) -> str:
    return f"a list of {len(row)}" if isinstance(row, (list, tuple, np.ndarray)) else "one number"
