"""Guard the branches of choices, so that no gradient comes from one that was not chosen.

In reverse mode, 0 arrives at a branch that was not chosen, and 0 times an infinite derivative in it is nan. Eager mode
sends nothing there. So what only such branches read is computed at other numbers where they are not chosen:

    where(x > 0, log(x), x)    becomes    where(x > 0, log(where(x > 0, x, 4.55)), x)
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from math import nan
from typing import Any

from autograd.compiler.lifting import Lifting
from autograd.compiler.symbols import Symbol, record
from autograd.operation import Op
from autograd.ops import COMPARISONS, add, dot, greater, less, maximum, mean, minimum, mul, neg, sub, total, where

_ORDERS = {maximum: greater, minimum: less}
_CHOICES = {where, *_ORDERS}
_FINITE = {add, sub, neg, total, mean, *COMPARISONS, *_CHOICES}  # operations whose derivatives are always finite


def guarded(order: Sequence[Symbol], roots: Sequence[Symbol]) -> tuple[list[Symbol], list[Symbol]]:
    """Return the graph of `roots` with guards: its symbols, inputs first, and its roots."""
    found, _ = record(lambda: _replaced(order, _conditions(order, roots)))
    lifted = Lifting([x for x in order if x.op is None], [found[x] for x in roots])
    return lifted.nodes, [lifted.symbol(found[x]) for x in roots]


def _conditions(order: Sequence[Symbol], roots: Sequence[Symbol]) -> dict[Symbol, Any]:
    """Return the condition for a gradient to arrive at each node, a number above 0, or None if it always arrives."""
    found: dict[Symbol, Any] = dict.fromkeys(roots)
    for node in reversed(order):
        if node not in found or node.op is None or node.op in COMPARISONS:
            continue
        row = node.op.partials(node.inputs, node) if node.op in _CHOICES else [None] * len(node.inputs)
        for x, d in zip(node.inputs, row):
            if isinstance(x, Symbol) and d != 0.0:
                here = _both(found[node], d)
                found[x] = here if x not in found else _either(found[x], here)
    return found


def _both(here: Any, d: Any) -> Any:
    return here if d is None else d if here is None else where(d > 0, here, 0.0)


def _either(a: Any, b: Any) -> Any:
    return None if a is None or b is None else a + b


def _replaced(order: Sequence[Symbol], conditions: dict[Symbol, Any]) -> dict[Any, Any]:
    """Return the replacement of each node."""
    new: dict[Any, Any] = {}
    doubtful: set[Any] = set()  # nodes that may be infinite or nan where all leaves are finite
    for node in order:
        op, condition = node.op, conditions.get(node)
        if op is None:
            new[node] = node
            continue
        if op.limit or not op.is_ours or not doubtful.isdisjoint(node.inputs):
            doubtful.add(node)
        inputs = [new.get(x, x) for x in node.inputs]
        if condition is not None and op not in _FINITE:
            guards: Container[Any] = doubtful if op in (mul, dot) else conditions
            for i, x in enumerate(node.inputs):
                if x in guards:
                    inputs[i] = where(condition, inputs[i], _inside(op, i))
        if op in _ORDERS and inputs != [*node.inputs]:
            new[node] = _chosen(_ORDERS[op], op, node.inputs, inputs)
        else:
            new[node] = node if inputs == [*node.inputs] else op.apply(tuple(inputs))
    return new


def _chosen(is_before: Op, op: Op, old: Sequence[Any], inputs: Sequence[Any]) -> Any:
    """Return the maximum or minimum of `inputs`, chosen by the numbers without guards."""
    (a, b), (x, y) = old, inputs
    both = where((a >= b) * (a <= b), op(x, y), nan)
    return where(is_before(a, b), x, where(is_before(b, a), y, both))


def _inside(op: Op, i: int) -> float:
    """Return a number in the middle of the domain of an input."""
    low, high = op.domain[i] if i < len(op.domain) else (0.0, 1.0)
    return (low + high) / 2
