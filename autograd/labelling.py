"""`leaves` and `named`: make an array of leaves, and label the nodes of an array."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from autograd.operation import as_float
from autograd.structure import flatten
from autograd.value import Value

T = TypeVar("T")


def leaves(numbers: Any, label: str = "") -> Any:
    """Make a leaf of each of the `numbers`, in the same structure: nested lists, dicts or a NumPy array.

    >>> W = leaves([[1.0, 2.0], [3.0, 4.0]], "W")
    >>> W[1][0]
    Value(data=3.0, grad=0.0, label='W[1,0]')
    >>> leaves({"w": [0.5], "b": 2.0})
    {'w': [Value(data=0.5, grad=0.0, label='w[0]')], 'b': Value(data=2.0, grad=0.0, label='b')}

    The leaves are labelled with their indices. A NumPy array gives an array of Values, which NumPy's operators and
    functions accept: `np.tanh(W @ x + b)`.
    """
    flat, build = flatten(numbers)
    names = labels_of(numbers, _checked(label))
    return build(Value(as_float(x, "each number"), name) for x, name in zip(flat, names, strict=True))


def named(nodes: T, label: str) -> T:
    """Label the `nodes` of a structure with their indices, and return it. Plain numbers in it are left out.

    >>> x = leaves([1.0, 2.0], "x")
    >>> h = named([2 * x[0], x[0] * x[1]], "h")
    >>> h[1].label
    'h[1]'
    """
    for node, name in zip(flatten(nodes)[0], labels_of(nodes, _checked(label)), strict=True):
        if isinstance(node, Value):
            node.label = name
        else:
            as_float(node, "each entry that is not a Value")
    return nodes


def _checked(label: str) -> str:
    if not isinstance(label, str):
        raise TypeError(f"label must be a str, got {type(label).__name__}: {label!r}")
    return label


def labels_of(tree: Any, label: str, index: tuple[int, ...] = ()) -> Iterator[str]:
    """Yield the labels of the numbers in `tree`, in the order of `flatten`."""
    here = f"{label}[{','.join(map(str, index))}]" if index else label
    if isinstance(tree, dict):
        for key, part in tree.items():
            yield from labels_of(part, f"{here}.{key}" if here else str(key))
    elif hasattr(tree, "__len__") and not isinstance(tree, str):
        for i, part in enumerate(tree):
            yield from labels_of(part, label, (*index, i))
    else:
        yield here
