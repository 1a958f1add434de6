"""Map the arguments of a compiled function (arrays in dicts, lists and tuples) to the numbers of one sample."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd import structure
from autograd.foreign import refuse_foreign
from autograd.operand import Operand

Array = np.ndarray[Any, np.dtype[np.float64]]
_FLOAT = np.dtype(np.float64)

Build = Callable[[Iterator[Any]], Any]


class Argument(NamedTuple):
    """One array in the arguments: where it stands (`name`), its numbers, and the shape that it has for each sample."""

    name: str
    array: Array
    shape: tuple[int, ...]


class Batch(NamedTuple):
    """The samples of a call: the shape of all, whether they are the first axis, what their values are reduced to."""

    samples: tuple[int, ...]
    samples_first: bool
    reduction: str | None

    @property
    def size(self) -> int:
        """The number of samples."""
        return math.prod(self.samples)


def plain_shapes(args: Sequence[Any]) -> tuple[tuple[int, ...], ...] | None:
    """Return the shapes of `args` if all are arrays of floats as they are, and else None."""
    shapes = []
    for arg in args:
        if type(arg) is not np.ndarray or arg.dtype is not _FLOAT:
            return None
        shapes.append(arg.shape)
    return tuple(shapes)


def flatten(args: Sequence[Any], names: Sequence[str], samples_first: bool) -> tuple[list[Argument], Hashable]:
    """Return the arrays in `args`, which have `names`, and the structure of one sample.

    The structure tells apart whatever `builder` builds differently: classes of containers, keys and shapes. With
    `samples_first`, the first axis of every array is that of the samples, and a list of numbers is an array;
    otherwise each number in the structure may be an array, with an element for each sample.
    """
    found: list[Argument] = []
    kinds: list[Hashable] = []
    for arg, name in zip(args, names):
        _collect(arg, name, samples_first, found, kinds)
    return found, tuple(kinds)


def _collect(tree: Any, name: str, samples_first: bool, found: list[Argument], kinds: list[Hashable]) -> None:
    """Append the arrays in `tree` to `found`, and its containers and shapes to `kinds`."""
    if _is_nested(tree, samples_first):
        kinds.append((type(tree), len(tree)))
        if isinstance(tree, dict):
            kinds += tree
            kinds += map(type, tree)  # as 1 and True are equal
        for key, part in structure.items_of(tree):
            _collect(part, f"{name}[{key!r}]", samples_first, found, kinds)
        return
    array = _numbers(tree, name)
    if samples_first and not array.ndim:
        raise ValueError(f"{name} must have an axis of samples, got the number {tree!r}")
    shape = array.shape[1:] if samples_first else ()
    found.append(Argument(name, array, shape))
    kinds.append(shape)


def builder(args: Sequence[Any], samples_first: bool) -> Build:
    """Return a function that builds the list of arguments for one sample, in the structure of `args`, from numbers."""

    def flatten_leaf(leaf: Any) -> tuple[list[Any], Build]:
        shape = np.shape(leaf)[1:] if samples_first else ()
        return [], lambda new: _nested(shape, new)

    builds = [structure.flatten(arg, flatten_leaf, lambda tree: _is_nested(tree, samples_first))[1] for arg in args]
    return lambda new: [build(new) for build in builds]


def _is_nested(tree: Any, samples_first: bool) -> bool:
    if isinstance(tree, list) and samples_first:  # one array, or a list of arrays?
        return any(isinstance(part, (np.ndarray, dict, tuple)) for part in tree)
    return structure.is_container(tree)


def _numbers(tree: Any, name: str) -> Array:
    if type(tree) is np.ndarray and tree.dtype is _FLOAT:
        return tree
    if isinstance(tree, np.ma.MaskedArray) and np.ma.is_masked(tree):
        raise TypeError(f"{name} must not have masked numbers: leave them out, or replace them, as by {name}.filled(0)")
    try:
        array = np.asarray(tree)
        if array.dtype.kind not in "fiub":
            raise TypeError(f"dtype {array.dtype}")
        return array.astype(np.float64)
    except (TypeError, ValueError) as mistake:
        for x in np.asarray(tree, object).flat:
            refuse_foreign(x, Operand)
        raise TypeError(f"{name} must be an array of numbers, got {type(tree).__name__}: {mistake}") from None


def _nested(shape: tuple[int, ...], new: Iterator[Any]) -> Any:
    return [_nested(shape[1:], new) for _ in range(shape[0])] if shape else next(new)


def samples_of(arguments: Sequence[Argument], samples_first: bool) -> tuple[int, ...]:
    """Return the shape of all samples: their number, or what the arrays broadcast to."""
    if not samples_first:
        try:
            shape = np.broadcast_shapes(*(a.array.shape for a in arguments))
        except ValueError:
            shapes = ", ".join(f"{a.name} of shape {a.array.shape}" for a in arguments)
            raise ValueError(f"the arguments must broadcast, got {shapes}") from None
    else:
        shape = (len(arguments[0].array) if arguments else 1,)
        for a in arguments:
            if len(a.array) != shape[0]:
                first = arguments[0]
                given = f"{first.name} of shape {first.array.shape}, and {a.name} of shape {a.array.shape}"
                raise ValueError(f"all arguments must have the same number of samples (the first axis), got {given}")
    if 0 in shape:
        shapes = ", ".join(f"{a.name} of shape {a.array.shape}" for a in arguments)
        raise ValueError(f"there must be at least one sample, got {shapes}")
    return shape
