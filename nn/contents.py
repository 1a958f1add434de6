"""Remember the parameters of a model as long as its lists and dicts hold the same objects."""

from __future__ import annotations

from operator import is_
from sys import getrefcount
from typing import Any

from autograd import Value

_ATOMS = frozenset({bool, float, int, str, type(None)})  # classes of values that hold no parameters, and may change


class Contents:
    """The parameters of a model, and the contents of the lists and dicts in which they were found.

    For 100,000 parameters, a search takes 70 ms, a comparison 0.2 ms, and a copy of their list 1 ms.
    """

    def __init__(self) -> None:
        self._rows: list[tuple[list[Any], list[Value]]] = []  # lists that contain only nodes, with copies
        self._others: list[tuple[Any, list[Any]]] = []
        self.parameters: list[Value] = []
        self._lent: list[Value] = []

    def lent(self) -> list[Value]:
        """Return a list of the parameters that no other caller has: that of the last call, if nobody refers to it."""
        if getrefcount(self._lent) > 2 or self._lent != self.parameters:
            self._lent = self.parameters[:]
        return self._lent

    def note(self, container: Any) -> None:
        """Record the contents of a list, a dict or an array of objects. A tuple cannot change."""
        if container.__class__ is list and all(x.__class__ is Value for x in container):
            self._rows.append((container, container[:]))
        elif not isinstance(container, tuple):
            self._others.append((container, _parts(container)))

    def are_the_same(self) -> bool:
        """Return True if all containers hold the same objects as before. An array of objects counts as changed."""
        try:
            rows_are = all(now == then for now, then in self._rows)  # a node equals only itself; 0.1 ms
        except Exception:  # from an array, for example, that replaced a node
            return False
        return rows_are and all(_are_same(_parts(container), then) for container, then in self._others)


def _parts(container: Any) -> list[Any]:
    if not isinstance(container, (dict, list)):
        return [object()]
    parts = container.values() if isinstance(container, dict) else container
    return [x for x in parts if x.__class__ not in _ATOMS]


def _are_same(now: list[Any], then: list[Any]) -> bool:
    return len(now) == len(then) and all(map(is_, now, then))
