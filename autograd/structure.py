"""Flatten nested lists, tuples, dicts and NumPy arrays of numbers, and rebuild them from other numbers."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    Build = Callable[[Iterator[Any]], Any]  # builds a structure from an iterator of numbers


def items_of(tree: Any) -> Iterable[tuple[Any, Any]]:
    """Return the items of a dict, list or tuple: pairs of a key or index and a part. Anything else has none.

    >>> list(items_of({"w": [1, 2], "b": 3})), list(items_of((4, 5))), list(items_of(6))
    ([('w', [1, 2]), ('b', 3)], [(0, 4), (1, 5)], [])
    """
    if isinstance(tree, dict):
        return tree.items()
    return enumerate(tree) if isinstance(tree, (list, tuple)) else ()


def is_container(tree: Any) -> bool:
    """Return True if `tree` is a dict, list or tuple."""
    return isinstance(tree, (dict, list, tuple))


def _flatten_leaf(leaf: Any) -> tuple[list[Any], Build]:
    if _is_array(leaf):
        size, shape = leaf.size, leaf.shape
        return list(leaf.flat), lambda new: _array([next(new) for _ in range(size)], shape)
    return [leaf], next


def flatten(
    tree: Any,
    flatten_leaf: Callable[[Any], tuple[list[Any], Build]] = _flatten_leaf,
    is_nested: Callable[[Any], bool] = is_container,
) -> tuple[list[Any], Build]:
    """Return the numbers in `tree` as a list, and a function that builds the same structure from other numbers.

    >>> numbers, build = flatten({"w": [1, 2], "b": (3,)})
    >>> numbers
    [1, 2, 3]
    >>> build(iter("xyz"))
    {'w': ['x', 'y'], 'b': ('z',)}

    `flatten_leaf` does the same for a tree that is not nested: by default, a number or an array.
    """
    if not is_nested(tree):
        return flatten_leaf(tree)
    flat = [flatten(part, flatten_leaf, is_nested) for _, part in items_of(tree)]
    fill = container_like(tree)
    return [x for numbers, _ in flat for x in numbers], lambda new: fill([build(new) for _, build in flat])


def container_like(tree: Any) -> Callable[[list[Any]], Any]:
    """Return a function that makes a container of the class and keys of `tree` from other parts.

    >>> container_like({"w": 1, "b": 2})([3, 4])
    {'w': 3, 'b': 4}
    """
    kind: Any = type(tree)
    if not isinstance(tree, dict):
        return kind._make if hasattr(kind, "_make") else kind  # type: ignore[no-any-return]  # a named tuple
    keys = list(tree)
    if kind is dict:
        return lambda parts: dict(zip(keys, parts))

    def fill(parts: list[Any]) -> Any:
        new = kind.__new__(kind)  # because __init__ of a subclass may take other arguments
        for key, part in zip(keys, parts):
            new[key] = part
        return new

    return fill


def flatten_like(model: Any, tree: Any, name: str) -> list[Any]:
    """Return the numbers in `tree` in the order of `model`. Raise ValueError if their structures differ.

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
        same, pairs = not (is_container(tree) or _is_array(tree)), []
        if same:
            return [tree]
    if not same:
        raise ValueError(f"the {name} must have the structure of {_outline(model)}, got {_outline(tree)}")
    return [x for pair in pairs for x in flatten_like(*pair, name)]


def argument_names(f: Callable[..., Any], count: int) -> list[str]:
    """Return the names of the first `count` positional arguments of `f`, or x0, x1 and so on if they are unknown.

    >>> argument_names(lambda w, x: w * x, 2), argument_names(lambda *xs: sum(xs), 2)
    (['w', 'x'], ['x0', 'x1'])
    """
    import inspect

    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):  # f is not written in Python
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
