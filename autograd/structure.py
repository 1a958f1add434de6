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
    if isinstance(tree, (dict, list, tuple)):
        parts, build_parts = _flatten_all(tree.values() if isinstance(tree, dict) else tree)
        fill = container_like(tree)
        return parts, lambda new: fill(build_parts(new))
    if _is_array(tree):
        return list(tree.flat), lambda new: _array([next(new) for _ in range(tree.size)], tree.shape)
    return [tree], next


def container_like(tree: Any) -> Callable[[list[Any]], Any]:
    """Return a function that puts other parts into a dict, list or tuple of the class of `tree`, with its keys.

    >>> container_like({"w": 1, "b": 2})([3, 4])
    {'w': 3, 'b': 4}
    """
    kind: Any = type(tree)
    if not isinstance(tree, dict):
        return kind._make if hasattr(kind, "_make") else kind  # type: ignore[no-any-return]  # named tuples have _make
    keys = list(tree)
    if kind is dict:
        return lambda parts: dict(zip(keys, parts))

    def fill(parts: list[Any]) -> Any:
        new = kind.__new__(kind)  # as __init__ may take anything, and a Counter counts
        for key, part in zip(keys, parts):
            new[key] = part
        return new

    return fill


def flatten_like(model: Any, tree: Any, name: str) -> list[Any]:
    """Return the numbers in `tree` in the order of `model`; a ValueError says where it has another structure.

    >>> flatten_like({"a": 0, "b": [0, 0]}, {"b": [2, 3], "a": 1}, "tangent")
    [1, 2, 3]
    """
    if isinstance(model, dict):
        same = isinstance(tree, dict) and tree.keys() == model.keys()
        pairs = [(model[key], tree[key]) for key in model] if same else []
    elif isinstance(model, (list, tuple)):
        same = (isinstance(tree, (list, tuple)) or _is_array(tree)) and len(tree) == len(model)
        pairs = list(zip(model, tree)) if same else []
    elif _is_array(model):
        same = getattr(tree, "shape", None) == model.shape
        pairs = list(zip(model.flat, tree.flat)) if same else []
    else:
        same, pairs = not (isinstance(tree, (dict, list, tuple)) or _is_array(tree)), []
        if same:
            return [tree]
    if not same:
        raise ValueError(f"the {name} must have the structure of {_outline(model)}, not of {_outline(tree)}")
    return [x for pair in pairs for x in flatten_like(*pair, name)]


def argument_names(f: Callable[..., Any], count: int) -> list[str]:
    """Return what `f` calls its first `count` positional arguments; x0, x1 and so on where it does not say so.

    >>> argument_names(lambda w, x: w * x, 2), argument_names(lambda *xs: sum(xs), 2)
    (['w', 'x'], ['x0', 'x1'])
    """
    import inspect

    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):  # of something that is not written in Python
        parameters = ()  # type: ignore[assignment]
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return names[:count] if len(names) >= count else [f"x{i}" for i in range(count)]


def _outline(tree: Any) -> str:
    """Describe the outermost level of a structure."""
    if isinstance(tree, dict):
        return f"a dict with the keys {list(tree)}"
    if isinstance(tree, (list, tuple)):
        return f"a {type(tree).__name__} of length {len(tree)}"
    return f"an array of shape {tree.shape}" if _is_array(tree) else "a number"


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
