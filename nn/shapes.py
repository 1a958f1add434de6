"""Pair outputs with targets of the same shape, given as numbers, nested lists or arrays."""

from __future__ import annotations

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
    from .shape_errors import shape_error

    raise shape_error(outputs, targets, names)


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
