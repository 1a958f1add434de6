"""`NodeArray`: the nodes of a graph whose names are those of the entries of an array, such as W[0,1]."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any, NamedTuple

from autograd.value import Value

Index = tuple[int, ...]


class NodeArray(NamedTuple):
    """The `nodes` of the array `label` by index, and its `shape` as far as the graph shows it."""

    label: str
    shape: tuple[int, ...]
    nodes: dict[Index, Value]

    def name(self, index: Index) -> str:
        """Return the name of an entry."""
        return f"{self.label}[{','.join(map(str, index))}]"

    def numbers(self, number: Callable[[str], float]) -> Any:
        """Return a NumPy array of the `number` of each entry by name, with nan for those that are not in the graph."""
        import numpy as np

        array = np.full(self.shape, math.nan)
        for index in self.nodes:
            array[index] = number(self.name(index))
        return array

    def entries(self, answer: Any) -> Iterator[tuple[Index, Any]]:
        """Yield the entries of an `answer` with their indices. Raise ValueError if the shape is wrong.

        Rows and columns of zeros may be added, because the graph does not contain entries that nothing depends on.
        """
        parts = dict(_parts(answer, self.label))
        shape = tuple(max(places) + 1 for places in zip(*parts)) if () not in parts else ()
        is_larger = len(shape) == len(self.shape) and all(a >= b for a, b in zip(shape, self.shape))
        inside = set(product(*map(range, self.shape)))
        if len(parts) != math.prod(shape):
            raise ValueError(f"the rows of the gradient of {self.label} must have the same length")
        if not is_larger or any(not _is_zero(x) for index, x in parts.items() if index not in inside):
            raise ValueError(f"the gradient of {self.label} must have the shape {self.shape}, {self._got(shape)}")
        yield from ((index, x) for index, x in parts.items() if index in inside)

    def _got(self, shape: tuple[int, ...]) -> str:
        if shape == self.shape[::-1]:
            return f"got {shape}: transpose it"
        if [n for n in shape if n != 1] == [n for n in self.shape if n != 1]:
            return f"got {shape}: remove or add axes of length 1"
        return f"got {shape}" if shape else "got a single number"


def arrays_of(by_name: Mapping[str, Value]) -> dict[str, NodeArray]:
    """Return the arrays of nodes by label.

    >>> a, b = Value(1.0), Value(2.0)
    >>> arrays_of({"x[0]": a, "x[1]": b, "t": a})["x"].shape
    (2,)
    """
    found: dict[str, dict[Index, Value]] = {}
    for name, node in by_name.items():
        if entry := re.fullmatch(r"(.*)\[(\d+(?:,\d+)*)\]", name):
            found.setdefault(entry[1], {})[tuple(map(int, entry[2].split(",")))] = node
    return {
        label: NodeArray(label, tuple(max(places) + 1 for places in zip(*nodes)), nodes)
        for label, nodes in found.items()
        if len(set(map(len, nodes))) == 1
    }


def _parts(answer: Any, label: str) -> Iterator[tuple[Index, Any]]:
    """Yield the entries of nested lists or an array, with their indices."""
    tree = answer.tolist() if hasattr(answer, "tolist") else answer
    if not isinstance(tree, (list, tuple)):
        yield (), tree
        return
    for i, part in enumerate(tree):
        found = list(_parts(part, label))
        yield from (((i, *index), x) for index, x in found)


def _is_zero(x: Any) -> bool:
    return x is None or (isinstance(x, (int, float)) and x == 0)
