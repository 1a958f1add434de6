"""Copy and pickle whole graphs of any depth. Shared nodes stay shared."""

from __future__ import annotations

from contextlib import suppress
from copy import deepcopy
from types import CellType, FunctionType
from typing import Any, ClassVar
from weakref import WeakValueDictionary

from autograd.backpropagation import topological
from autograd.foreign import refuse_foreign
from autograd.operators import number_of, restore
from autograd.value import Value


def copy_node(node: Value) -> Value:
    """Return a shallow copy of a node, with the same inputs."""
    refuse_foreign(node, Value)
    twin = restore(number_of(node), node.grad, node.op, node.inputs, node.partials, node.label, node.scope)
    twin.__dict__.update(_attributes(node))
    return twin


def _attributes(node: Value) -> dict[str, Any]:
    """Return the attributes that users have set on a node."""
    return {name: x for name, x in node.__dict__.items() if name not in ("_scope", "_line", "_lost", "_is_constant")}


def copy_graph(root: Value, memo: dict[int, Any]) -> Value:
    """Return a deep copy of the graph of `root`. `memo` is that of `copy.deepcopy`."""
    refuse_foreign(root, Value)
    copied = [node for node in topological([root]) if id(node) not in memo]
    for node in copied:
        inputs = tuple(memo[id(x)] if x.__class__ is Value else x for x in node.inputs)
        memo[id(node)] = restore(number_of(node), node.grad, node.op, inputs, node.partials, node.label, node.scope)
    for node in copied:  # last, because an attribute may refer to any of the nodes
        if found := _attributes(node):
            memo[id(node)].__dict__.update(deepcopy(found, memo))
    return memo[id(root)]  # type: ignore[no-any-return]


def copy_function(f: Any, memo: dict[int, Any]) -> Any:
    """Return a deep copy of a function, including the nodes in its closure, which `copy.deepcopy` would share."""
    if not isinstance(f, FunctionType) or not f.__closure__:
        return deepcopy(f, memo)
    if id(f) not in memo:
        cells = tuple([CellType() for _ in f.__closure__])
        twin = memo[id(f)] = FunctionType(f.__code__, f.__globals__, f.__name__, f.__defaults__, cells)
        twin.__kwdefaults__, twin.__dict__ = f.__kwdefaults__, dict(f.__dict__)
        for new, old in zip(cells, f.__closure__):
            with suppress(ValueError):  # the cell is empty
                new.cell_contents = _copy_content(old.cell_contents, memo)
    return memo[id(f)]


def _copy_content(x: Any, memo: dict[int, Any]) -> Any:
    try:
        return copy_function(x, memo)
    except Exception:  # something that cannot be copied, such as a module or a file
        return x


def reduce_graph(root: Value) -> tuple[Any, ...]:
    """Pickle the graph of `root` as a list of nodes, inputs first, so that pickle does not recurse into it."""
    refuse_foreign(root, Value)
    return _last, ([_Pickled.of(node) for node in topological([root])],)


def _last(nodes: list[Value]) -> Value:
    return nodes[-1]


class _Pickled:
    """A stand-in for a node while a pickle is written; one for each node, so that pickle keeps shared nodes shared."""

    __slots__ = ("__weakref__", "node")
    alive: ClassVar[WeakValueDictionary[Value, _Pickled]] = WeakValueDictionary()

    def __init__(self, node: Value) -> None:
        self.node = node

    @classmethod
    def of(cls, node: Value) -> _Pickled:
        found = cls.alive.get(node)
        if found is None:
            found = cls.alive[node] = cls(node)
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        node = self.node
        inputs = tuple(self.of(x) if x.__class__ is Value else x for x in node.inputs)
        fields = (number_of(node), node.grad, node.op, inputs, node.partials, node.label, node.scope)
        return restore, fields, _attributes(node) or None
