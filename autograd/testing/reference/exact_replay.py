"""A recorded graph in arithmetic of 450 digits: numbers near 1 whose difference a float can hold stay apart."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any

import mpmath as mp

from autograd.operation import Op
from autograd.testing.reference.curvature import changes_of_slopes
from autograd.testing.reference.exact import NotExactError, evaluate, partials
from autograd.testing.reference.limits import side
from autograd.testing.reference.oracle import MANY_DIGITS, Local
from autograd.value import Value

_LARGE = 10_000  # the largest exponent of 2: the exponential of a larger number would have no end


class Replay:
    """A graph computed again with 450 digits: its numbers and its derivatives.

    `examined` are its nodes in topological order, with what was found out about their local derivatives.
    """

    def __init__(self, examined: Sequence[Local]) -> None:
        self.examined, self.root = examined, examined[-1].node

    @cached_property
    def numbers(self) -> Mapping[Value, Any]:
        """The exact number at each node."""
        with mp.workdps(MANY_DIGITS):
            return numbers([local.node for local in self.examined], {})

    def gradients(self) -> dict[Value, Any]:
        """Return the derivatives of the last node by all nodes."""
        with mp.workdps(MANY_DIGITS):
            cotangents = {self.root: mp.mpf(1)}
            for local in reversed(self.examined):
                arrived = cotangents.get(local.node)
                for x, d in self._slopes(local) if arrived else ():
                    _add(cotangents, x, arrived * d)
            return cotangents

    def slope(self, leaf: Value) -> float:
        """Return the derivative of the last node by a `leaf` from its value alone; nan at a kink or a jump."""
        with mp.workdps(MANY_DIGITS):
            nodes = [local.node for local in self.examined]
            here = self.numbers[self.root]
            sides = [
                side(lambda x: numbers(nodes, {leaf: x})[self.root], mp.mpf(leaf.data), sign, here) for sign in (1, -1)
            ]
            slopes = [float(each.slope) for each in sides if each.jumps or not mp.isnan(each.slope)]
            return slopes[0] if slopes and math.isclose(slopes[0], slopes[-1], rel_tol=1e-12) else math.nan

    def second(self, direction: Mapping[Value, float], wrong: Collection[Value]) -> dict[Value, float]:
        """Return how the derivatives by the leaves change along a `direction`: the hessian times that.

        The second derivatives at each node come from its value. `wrong` are the nodes whose rule has them wrong.
        """
        with mp.workdps(MANY_DIGITS):
            tangents = self._tangents(direction)
            cotangents, changes = {self.root: mp.mpf(1)}, {self.root: mp.mpf(0)}
            for local in reversed(self.examined):
                node, arrived, change = local.node, cotangents.get(local.node, 0), changes.get(local.node, 0)
                if node.op is None or not (arrived or change):
                    continue
                inputs = _inputs(node, self.numbers)
                moves = {i: tangents.get(x, 0) for i, x in enumerate(node.inputs) if isinstance(x, Value)}
                rates = changes_of_slopes(node, inputs, moves, node in wrong) if arrived else {}
                for i, rate in rates.items():
                    _add(changes, node.inputs[i], arrived * rate)
                for x, d in self._slopes(local):
                    _add(cotangents, x, arrived * d)
                    _add(changes, x, change * d)
            return {leaf: float(changes.get(leaf, 0)) for leaf in direction}

    def _tangents(self, direction: Mapping[Value, float]) -> dict[Value, Any]:
        tangents: dict[Value, Any] = {leaf: mp.mpf(v) for leaf, v in direction.items()}
        for local in self.examined:
            for x, d in self._slopes(local):
                if x in tangents:
                    _add(tangents, local.node, tangents[x] * d)
        return tangents

    def _slopes(self, local: Local) -> list[tuple[Value, Any]]:
        """Return the inputs by which a node is differentiated, each with the local derivative."""
        node = local.node
        if node.op is None:
            return []
        if node not in self._rows:
            self._rows[node] = local.row or _row(node, node.op, _inputs(node, self.numbers), self.numbers[node])
        return [
            (x, d)
            for i, (x, d) in enumerate(zip(node.inputs, self._rows[node]))
            if isinstance(x, Value) and i not in node.op.constants
        ]

    @cached_property
    def _rows(self) -> dict[Value, Sequence[Any]]:
        return {}


def numbers(nodes: Sequence[Value], moved: Mapping[Value, Any], only_exact: bool = False) -> dict[Value, Any]:
    """Return the exact numbers at the `nodes`, in topological order, where some leaves may have `moved`.

    A value that takes nothing but floats is computed in floats, unless `only_exact`: then it raises a NotExactError.
    """
    found: dict[Value, Any] = {}
    for node in nodes:
        if node.op is None:
            found[node] = moved.get(node, mp.mpf(node.data))
            continue
        number = _evaluated(node.op, _inputs(node, found), only_exact)
        is_huge = mp.isfinite(number) and mp.mag(number) > _LARGE
        found[node] = mp.sign(number) * mp.ldexp(1, _LARGE) if is_huge else number
    return found


def _add(found: dict[Value, Any], node: Any, number: Any) -> None:
    found[node] = found[node] + number if node in found else number


def _inputs(node: Value, numbers: Mapping[Value, Any]) -> list[Any]:
    return [numbers[x] if isinstance(x, Value) else mp.mpf(float(x)) for x in node.inputs]


def _evaluated(op: Op, inputs: Sequence[Any], only_exact: bool) -> Any:
    try:
        return evaluate(op, inputs)
    except NotExactError:
        if only_exact:
            raise
        return mp.mpf(op.evaluate([float(x) for x in inputs]))


def _row(node: Value, op: Op, inputs: Sequence[Any], y: Any) -> Sequence[Any]:
    try:
        return partials(op, inputs, y)
    except NotExactError:
        return node.partials
