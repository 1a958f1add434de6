"""The error for outputs and targets whose shapes do not match."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .shapes import Names, Shape, plain, shape_of


def shape_error(outputs: Any, targets: Any, names: Names) -> ValueError:
    """Return the error, with the first place where the shapes differ, and a hint."""
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
