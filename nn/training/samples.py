"""Convert samples and targets to arrays, and check them; errors name the row."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Real
from reprlib import repr as shortened
from typing import Any, NamedTuple

import numpy as np

from autograd import Requirement, Value

from .. import losses
from ..shapes import shape_of
from ..shared import refuse_foreign

Array = np.ndarray[Any, np.dtype[Any]]


class Samples(NamedTuple):
    """Samples `X` and their targets `Y`, as arrays of the same length."""

    X: Array
    Y: Array


def samples(X: Any, Y: Any, part: str = "") -> Samples:
    """Return `X` and `Y`, lists or arrays of numbers, as arrays of the same length; errors put `part` before names.

    >>> samples([[0, 1], [2, 3]], [0.5, 1.5]).Y
    array([0.5, 1.5])
    """
    found = Samples(as_array(f"{part}X", X), as_array(f"{part}Y", Y))
    if len(found.X) != len(found.Y):
        n, m = map(len, found)
        raise ValueError(f"{part}Y must have a target for each of the {n} samples in {part}X, got {m}")
    return found


def as_array(name: str, data: Any) -> Array:
    """Return `data`, a list or array of finite numbers, as an array of float64, or of int64 for integers."""
    is_list = hasattr(data, "__len__") and hasattr(data, "__getitem__") and getattr(data, "shape", None) != ()
    if not is_list or isinstance(data, (str, bytes, dict)):
        raise TypeError(f"{name} must be a list or an array with an entry for each sample, got {type(data).__name__}")
    if not len(data):
        raise ValueError(f"{name} must not be empty: give at least one sample")
    if isinstance(data, np.ma.MaskedArray) and np.ma.is_masked(data):
        raise ValueError(
            f"{name} must not have masked numbers: drop the samples, or fill in numbers, such as by {name}.filled(0)"
        )
    try:
        array = np.asarray(data)
    except ValueError as error:
        _find_fault(name, data)
        raise ValueError(f"{name} must be an array of numbers: {error}") from None
    if array.dtype.kind not in "fiub":
        _find_fault(name, data)
        array = np.asarray(array.tolist())  # a column of lists, or numbers that NumPy takes for objects
    array = array.astype(np.int64 if array.dtype.kind in "iub" else np.float64, copy=False)
    fault = _first_false(np.isfinite(array))
    if fault:
        raise ValueError(f"{name}{_index(fault)} must be finite, got {array[fault]}: drop the sample, or replace it")
    return array


def without_column(Y: Array) -> Array:
    """Return `Y` of shape (n, 1) in the shape (n,), and any other array unchanged."""
    return Y[:, 0] if Y.shape[1:] == (1,) else Y


def check_targets(loss: Any, data: Samples, outputs: Any, part: str = "") -> Samples:
    """Return `data` with targets of the type that `loss` needs. Raise ValueError if they do not suit these `outputs`.

    For the losses of `nn`, labels must be valid and shapes must match. Targets of other losses are not checked.
    """
    (X, Y), name = data, f"{part}Y"
    shape = shape_of(outputs)
    if loss is losses.cross_entropy and not shape:
        raise ValueError("cross_entropy needs one output for each class; for one output use binary_cross_entropy")
    if not shape and loss in (losses.mean_squared_error, losses.hinge, losses.binary_cross_entropy) and Y.ndim > 1:
        hint = f"; give {name}[:, 0]" if Y.shape[1:] == (1,) else ""
        raise ValueError(f"{name} must have shape {Y.shape[:1]} like the outputs, got {Y.shape}{hint}")
    if loss is losses.cross_entropy and len(shape) == 1:
        if Y.ndim > 1:
            hints = {shape: "; for one-hot rows, give np.argmax(Y, axis=1)", (1,): f"; give {name}[:, 0]"}
            hint = hints.get(Y.shape[1:], "")
            raise ValueError(f"{name} must have shape {Y.shape[:1]}, with one class each, got {Y.shape}{hint}")
        _check_labels(name, Y, losses.class_label(*shape))
        return Samples(X, Y.astype(np.int64))
    if loss is losses.hinge:
        _check_labels(name, Y, losses.HINGE_LABEL)
    if loss is losses.binary_cross_entropy:
        _check_labels(name, Y, losses.BINARY_LABEL)
    return data


def are_labels(loss: Any, Y: Array) -> bool:
    """Return True if the targets `Y` are classes for this `loss`, so that there is an accuracy.

    The loss must be cross_entropy, hinge, or binary_cross_entropy with labels 0 and 1 only, with one label a sample.
    """
    is_binary = loss is losses.binary_cross_entropy and bool(np.isin(Y, (0, 1)).all())
    return Y.ndim == 1 and (is_binary or loss in (losses.cross_entropy, losses.hinge))


def _check_labels(name: str, Y: Array, label: Requirement) -> None:
    fault = _first_false(label.fits(Y, np.floor))
    if fault:
        raise label.error(Y[fault].item(), f"{name}{_index(fault)}")


def _first_false(array: Array) -> tuple[int, ...]:
    """Return the index of the first False in `array`, or () if there is none."""
    return () if array.all() else tuple(np.argwhere(~array)[0].tolist())


def _index(place: tuple[int, ...]) -> str:
    return "".join(f"[{i}]" for i in place)


def _find_fault(name: str, data: Any) -> None:
    """Raise an error for the first row of `data` that is not numeric, or whose length differs from that of row 0."""
    rows = data if isinstance(data, (list, tuple)) else np.asarray(data, dtype=object)
    kind = _kind(rows[0])
    for i, row in enumerate(rows):
        for entry in _entries(row):
            refuse_foreign(entry, Value)
            if isinstance(entry, Value) or not isinstance(entry, (Real, np.bool_)):
                raise TypeError(f"{name}[{i}] must be numbers, got {shortened(entry)}")
        if _kind(row) != kind:
            raise ValueError(f"{name}[{i}] must be {kind} like {name}[0], got {_kind(row)}")


def _entries(row: Any) -> Iterator[Any]:
    if isinstance(row, (list, tuple, np.ndarray)):
        for part in row:
            yield from _entries(part)
    else:
        yield row


def _kind(row: Any) -> str:
    return f"a list of length {len(row)}" if isinstance(row, (list, tuple, np.ndarray)) else "one number"
