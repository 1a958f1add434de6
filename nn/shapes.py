"""Pair outputs with targets of the same shape, given as numbers, nested lists or arrays."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Real
from reprlib import repr as shortened
from typing import Any, NamedTuple

from autograd import Value

Shape = tuple[int, ...]
_PLAIN = frozenset({Value, float, int, bool, list, tuple})


class Names(NamedTuple):
    """The names of outputs and targets in messages, and the number of extra `axes` of an output."""

    outputs: str
    targets: str
    axes: int = 0


def plain(x: Any) -> Any:
    """Convert numbers and arrays of NumPy, pandas and PyTorch to Python numbers and lists; keep anything else.

    >>> import numpy as np
    >>> plain(np.float32(0.5)), plain([np.array([1.0, 2.0])])
    (0.5, [[1.0, 2.0]])
    """
    if x.__class__ in _PLAIN:
        if isinstance(x, (list, tuple)) and x and x[0].__class__ not in _PLAIN:
            return [plain(part) for part in x]
        return x
    for convert in ("to_numpy", "tolist"):  # pandas has the first, NumPy and PyTorch the second
        if hasattr(x, convert):
            x = getattr(x, convert)()
    return x


def is_number(x: Any) -> bool:
    """Return True if `x` is one number or Value."""
    return x.__class__ is Value or isinstance(x, Real)


def is_row(x: Any) -> bool:
    """Return True if `x` is a list of Python numbers or Values, judged by its first item."""
    return _is_list(x) and len(x) > 0 and is_number(x[0]) and plain(x[0]) is x[0]


def pairs(outputs: Any, targets: Any, names: Names) -> list[tuple[Any, Any]]:
    """Return the pairs of outputs and targets in nested lists. Raise ValueError if their shapes do not match.

    >>> pairs([[1.0], [2.0, 3.0]], [[4.0], [5.0, 6.0]], Names("outputs", "targets"))
    [(1.0, 4.0), (2.0, 5.0), (3.0, 6.0)]
    """
    found: list[tuple[Any, Any]] = []
    is_match = _pair(outputs, targets, names, found)
    if is_match and found:
        return found
    if is_match or 0 in shape_of(outputs):
        raise ValueError(f"{names.outputs} must not be empty: give at least one sample")
    raise _shape_error(outputs, targets, names)


def _pair(outputs: Any, targets: Any, names: Names, found: list[tuple[Any, Any]]) -> bool:
    """Append the pairs to `found`, and return True if the shapes match."""
    outputs, targets = plain(outputs), plain(targets)
    is_output = is_row if names.axes else is_number
    if is_number(targets) and is_output(outputs):
        found.append((outputs, targets))
        return True
    for name, x in zip(names, (outputs, targets)):
        if not (is_number(x) or _is_list(x)):
            raise TypeError(f"{name} must be numbers, in lists or arrays, got {type(x).__name__}: {shortened(x)}")
    if is_number(outputs) or is_number(targets) or len(outputs) != len(targets):
        return False
    for y, t in zip(outputs, targets):
        if is_number(t) and is_output(y):  # avoids a call: a fifth faster
            found.append((y, t))
        elif not _pair(y, t, names, found):
            return False
    return True


def _is_list(x: Any) -> bool:
    if x.__class__ is list or x.__class__ is tuple:
        return True
    return hasattr(x, "__len__") and hasattr(x, "__getitem__") and not isinstance(x, (str, bytes, dict))


def shape_of(x: Any) -> Shape:
    """Return the shape of a number, a nested list or an array; for a ragged list, the shape of its first rows.

    >>> shape_of([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    (3, 2)
    """
    x = plain(x)
    if not _is_list(x):
        return ()
    return (len(x), *shape_of(x[0])) if len(x) else (0,)


def _shape_error(outputs: Any, targets: Any, names: Names) -> ValueError:
    place, a, b = next(_differences(outputs, targets, names, ""))
    wanted, given = (f"{shape}" if shape else "() (one number)" for shape in (a[: len(a) - names.axes], b))
    needs = f"{names.outputs}{place} of shape {a} need {names.targets} of shape {wanted}"
    return ValueError(f"{needs}, got {given}: {_way_out(a, b, names)}")


def _differences(outputs: Any, targets: Any, names: Names, place: str) -> Iterator[tuple[str, Shape, Shape]]:
    """Yield each index at which the shapes differ, with both shapes."""
    a, b = shape_of(outputs), shape_of(targets)
    if len(a) < names.axes or a[: len(a) - names.axes] != b:
        yield place, a, b
    elif b:
        for i, (y, t) in enumerate(zip(plain(outputs), plain(targets))):
            yield from _differences(y, t, names, f"{place}[{i}]")


def _way_out(a: Shape, b: Shape, names: Names) -> str:
    """Return a hint for outputs of shape `a` with targets of shape `b`."""
    outer = a[: len(a) - names.axes]
    if names.axes and b == a:
        indices = f"np.argmax({names.targets}, axis=-1)"
        return f"give the index of each class, {indices} for one-hot rows; for one output see binary_cross_entropy"
    if b == (*outer, 1):
        return _without_axis(names.targets, outer)
    if outer == (*b, 1):
        return _without_axis(names.outputs, b)
    if not outer:
        return "give one target for one output; for a batch, give a list of outputs, [model(x) for x in X]"
    return "give one target for each output"


def _without_axis(name: str, outer: Shape) -> str:
    """Return a hint for dropping a last axis of length 1."""
    if not outer:
        return f"use {name}[0]; for a batch, give an array of shape (n,), not (n, 1)"
    return f"drop the last axis: {name}[..., 0] for an array, [x[0] for x in {name}] for a list"
