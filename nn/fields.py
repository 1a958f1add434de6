"""Find the parameters in the fields of a model, and remember them as long as these hold the same objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import is_
from sys import getrefcount
from typing import Any

from autograd import Value

from .module import Module
from .shared import items_of, refuse_foreign

_ATOMS = frozenset({bool, float, int, str, type(None)})  # classes of what holds no parameters, and may change


class Contents:
    """The parameters of a model, and the contents of the lists and dicts in which they were found.

    For 100,000 parameters, a search takes 70 ms, a comparison 0.2 ms, and a copy of their list 1 ms.
    """

    def __init__(self, model: Module) -> None:
        self._rows: list[tuple[list[Any], list[Value]]] = []  # lists of nothing but nodes, with copies
        self._others: list[tuple[Any, list[Any]]] = []
        self.parameters = [value for _, value in named_parameters(model, self._note)]
        self._lent: list[Value] = []

    def lent(self) -> list[Value]:
        """Return a list of the parameters that nobody else has: the one of the last call if it was given up."""
        if getrefcount(self._lent) > 2 or self._lent != self.parameters:
            self._lent = self.parameters[:]
        return self._lent

    def _note(self, container: Any) -> None:
        """Note what a list, a dict or an array of objects holds; a tuple cannot change."""
        if container.__class__ is list and all(x.__class__ is Value for x in container):
            self._rows.append((container, container[:]))
        elif not isinstance(container, tuple):
            self._others.append((container, _parts(container)))

    def are_the_same(self) -> bool:
        """Return True if all containers hold the same objects as before. An array of objects counts as changed."""
        try:
            rows_are = all(now == then for now, then in self._rows)  # nodes are equal to themselves only: 0.1 ms
        except Exception:  # from an object that refuses the comparison, such as an array in the place of a node
            return False
        return rows_are and all(_are_same(_parts(container), then) for container, then in self._others)


def named_parameters(module: Module, note: Callable[[Any], None]) -> Iterator[tuple[str, Value]]:
    """Yield the leaves in the fields of a module, each once, with their paths, and `note` the containers."""
    found = set()
    for path, value in _leaves(module, "", set(), note):
        if value not in found:
            found.add(value)
            yield path, value


def _leaves(field: Any, path: str, entered: set[int], note: Callable[[Any], None]) -> Iterator[tuple[str, Value]]:
    """Yield the leaves in `field` with their paths; enter each module only once."""
    if isinstance(field, Value):
        if field.op is None:
            yield path, field
        return
    if isinstance(field, Module):
        if id(field) in entered:
            return
        entered.add(id(field))
        field = vars(field)
    elif not isinstance(field, (list, tuple, dict)):
        refuse_foreign(field, Value)
        refuse_foreign(field, Module)
    is_array = getattr(field, "dtype", None) is not None and field.dtype.kind == "O"  # a NumPy array of nodes
    if is_array or isinstance(field, (list, dict)):
        note(field)
    if is_array:
        field = field.tolist()
    for key, part in items_of(field):
        name = f"{path}.{key}" if path else str(key)
        if part.__class__ is Value and part.op is None:  # without a generator for each leaf: twice as fast
            yield name, part
        else:
            yield from _leaves(part, name, entered, note)


def _parts(container: Any) -> list[Any]:
    if not isinstance(container, (dict, list)):
        return [object()]
    parts = container.values() if isinstance(container, dict) else container
    return [x for x in parts if x.__class__ not in _ATOMS]


def _are_same(now: list[Any], then: list[Any]) -> bool:
    return len(now) == len(then) and all(map(is_, now, then))
