"""Lift what was recorded out of the function, into a graph of symbols and floats alone."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Sequence
from operator import attrgetter
from typing import Any

from autograd.backpropagation import topological
from autograd.compiler.symbols import Symbol, alias
from autograd.operation import Op
from autograd.value import Value

Node = Symbol | Value


class Lifting:
    """The graph of the `roots` that a function of the `arguments` has recorded.

    `nodes` are its symbols in the order of creation, inputs first. Their inputs are symbols and floats. There is one
    leaf for each Value that was read. What was computed from Values alone stands before its first reader. Equal
    operations on equal inputs are computed once, and operations on constants are constants, except for operations of
    users, which may have side effects.
    """

    def __init__(self, arguments: Collection[Symbol], roots: Sequence[Any]) -> None:
        self.nodes: list[Symbol] = []
        self._arguments = set(arguments)
        self._lifted: dict[Any, Symbol | float] = {}
        self._computed: dict[Hashable, Symbol] = {}
        for symbol in _recorded(roots):
            self._lift_values(symbol.inputs)
            self._lift(symbol)
        self._lift_values(roots)

    def __getitem__(self, x: Any) -> Symbol | float:
        """Return what a recorded operand or number has become."""
        return x if x.__class__ is float else self._lifted[x] if x in self._lifted else float(x)

    def symbol(self, x: Any) -> Symbol:
        """Return the symbol for a recorded operand or a number: a new leaf, unless it is in the graph."""
        self._lift_values([x])
        found = self[x]
        return found if isinstance(found, Symbol) else self._leaf(Value(found))

    def _lift_values(self, xs: Iterable[Any]) -> None:
        new = [x for x in xs if x.__class__ is Value and x not in self._lifted]
        for node in topological(new, self._lifted) if new else ():
            if node not in self._lifted:
                self._lift(node)

    def _lift(self, node: Node) -> None:
        if node.op is None:
            self._lifted[node] = self._leaf(node) if isinstance(node, Value) else self._argument(node)
        elif node.op is alias:
            self._lifted[node] = self[node.inputs[0]]
        else:
            self._lifted[node] = self._operation(node.op, tuple([self[x] for x in node.inputs]))

    def _argument(self, leaf: Symbol) -> Symbol:
        if leaf not in self._arguments:
            raise TypeError("a compiled function must not use numbers of another one: pass them as arguments")
        self.nodes.append(leaf)
        return leaf

    def _leaf(self, value: Value) -> Symbol:
        leaf = Symbol(source=value)
        leaf.label, leaf.scope = value.label, value.scope
        self.nodes.append(leaf)
        return leaf

    def _operation(self, op: Op, inputs: tuple[Symbol | float, ...]) -> Symbol | float:
        key = (op, *[x if isinstance(x, Symbol) else x.hex() for x in inputs])
        if op.is_ours and key in self._computed:
            return self._computed[key]
        if op.is_ours and not any(isinstance(x, Symbol) for x in inputs):
            return op.evaluate(inputs)  # type: ignore[arg-type]
        node = self._computed[key] = Symbol(op, inputs)
        self.nodes.append(node)
        return node


def _recorded(roots: Iterable[Any]) -> list[Symbol]:
    """Return the symbols that the `roots` are computed from, in the order of creation."""
    found: dict[Symbol, None] = {}
    stack = [x for x in roots if x.__class__ is Symbol]
    while stack:
        symbol = stack.pop()
        if symbol not in found:
            found[symbol] = None
            stack += [x for x in symbol.inputs if x.__class__ is Symbol and x not in found]
    return sorted(found, key=attrgetter("serial"))


def needed(nodes: Sequence[Symbol], roots: Iterable[Symbol]) -> list[Symbol]:
    """Return those of the lifted `nodes` that the `roots` are computed from."""
    found: set[Any] = set(roots)
    for node in reversed(nodes):
        if node in found:
            found.update(node.inputs)
    return [node for node in nodes if node in found]
