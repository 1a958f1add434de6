"""Nested arguments: lists, tuples, dicts and NumPy arrays of numbers, taken apart and put together again."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any


def flatten(tree: Any) -> tuple[list[Any], Callable[[Iterator[Any]], Any]]:
    """Return the numbers in `tree` in order, and a function that builds the same structure from other ones.

    >>> numbers, build = flatten({"w": [1, 2], "b": (3,)})
    >>> numbers
    [1, 2, 3]
    >>> build(iter("xyz"))
    {'w': ['x', 'y'], 'b': ('z',)}
    """
    if isinstance(tree, dict):
        parts, build_parts = _flatten_all(tree.values())
        return parts, lambda new: dict(zip(tree, build_parts(new)))
    if isinstance(tree, (list, tuple)):
        parts, build_parts = _flatten_all(tree)
        if hasattr(tree, "_fields"):  # a named tuple
            return parts, lambda new: type(tree)(*build_parts(new))
        return parts, lambda new: type(tree)(build_parts(new))
    if _is_array(tree):
        return list(tree.flat), lambda new: _array([next(new) for _ in range(tree.size)], tree.shape)
    return [tree], next


def _flatten_all(trees: Any) -> tuple[list[Any], Callable[[Iterator[Any]], list[Any]]]:
    flat = [flatten(tree) for tree in trees]
    return [x for parts, _ in flat for x in parts], lambda new: [build(new) for _, build in flat]


def _is_array(x: Any) -> bool:
    return type(x).__module__ == "numpy" and bool(getattr(x, "shape", ()))


def _array(items: list[Any], shape: tuple[int, ...]) -> Any:
    import numpy as np

    inner = np.shape(items[0]) if items and _is_array(items[0]) else ()
    if inner or all(isinstance(x, float) for x in items):
        return np.array(items).reshape(shape + inner)
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array.reshape(shape)
