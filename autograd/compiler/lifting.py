"""Lift what was recorded out of the function, into a graph of symbols and floats alone."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from operator import attrgetter
from typing import Any

from autograd.backpropagation import topological
from autograd.compiler.symbols import Symbol, alias
from autograd.operation import Op
from autograd.value import Value


class Lifting(dict[Any, "Symbol | float"]):
    """The graph of the `roots` that a function of the `arguments` has recorded: what each operand in it has become.

    `nodes` are its symbols in the order of creation, inputs first, after the `params`. Their inputs are symbols and
    floats. There is one leaf for each Value that was read. What was computed from Values alone stands before its first
    reader. Equal operations on equal inputs are computed once, and operations on constants are constants, except for
    operations of users, which may have side effects.
    """

    def __init__(self, arguments: Sequence[Symbol], roots: Iterable[Any], params: Iterable[Value] = ()) -> None:
        super().__init__(zip(arguments, arguments))
        self.nodes = [*arguments]
        self._computed: dict[Hashable, Symbol] = {}
        for p in params:
            self[p] = self._leaf(p)
        for node in _recorded(roots):
            if node not in self:
                self[node] = self._lifted(node)

    def __missing__(self, x: Any) -> Symbol | float:
        if x.__class__ is not Value:
            return float(x)
        if x.op is None:
            self[x] = leaf = self._leaf(x)
            return leaf
        for node in topological([x], self):
            if node not in self:
                self[node] = self._lifted(node)
        return self[x]

    def symbol(self, x: Any) -> Symbol:
        """Return the symbol that the operand or number `x` has become: for a constant, a new leaf."""
        lifted = self[x]
        return lifted if isinstance(lifted, Symbol) else self._leaf(Value(lifted))

    def _lifted(self, node: Symbol | Value) -> Symbol | float:
        if node.op is None:
            return self._leaf(node) if isinstance(node, Value) else _constant(node)
        if node.op is alias:
            return self[node.inputs[0]]
        return self._operation(node.op, tuple([x if x.__class__ is float else self[x] for x in node.inputs]))

    def _leaf(self, value: Value) -> Symbol:
        self.nodes.append(leaf := Symbol(source=value))
        return leaf

    def _operation(self, op: Op, inputs: tuple[Any, ...]) -> Symbol | float:
        key: Hashable = (op, inputs)
        if op.is_ours:
            if 0.0 in inputs:  # which equals -0.0
                key = (op, *[x.hex() if x.__class__ is float else x for x in inputs])
            if key in self._computed:
                return self._computed[key]
            if all(x.__class__ is float for x in inputs):
                return op.evaluate(inputs)
        self.nodes.append(node := Symbol(op, inputs))
        self._computed[key] = node
        return node


def _recorded(roots: Iterable[Any]) -> list[Symbol]:
    """Return the symbols that the `roots` are computed from, in the order of creation."""
    found: set[Symbol] = set()
    stack = [x for x in roots if x.__class__ is Symbol]
    while stack:
        symbol = stack.pop()
        if symbol not in found:
            found.add(symbol)
            stack += [x for x in symbol.inputs if x.__class__ is Symbol and x not in found]
    return sorted(found, key=attrgetter("serial"))


def _constant(leaf: Symbol) -> float:
    """Return the number of a leaf by which an inner function was differentiated."""
    if leaf.source is None:
        raise TypeError("a compiled function must not use numbers of another one: pass them as arguments")
    return leaf.number


def needed(nodes: Sequence[Symbol], roots: Iterable[Symbol]) -> list[Symbol]:
    """Return those of the lifted `nodes` that the `roots` are computed from."""
    found: set[Any] = set(roots)
    for node in reversed(nodes):
        if node in found:
            found.update(node.inputs)
    return [node for node in nodes if node in found]
