"""A recorded graph in arithmetic of 80 digits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import mpmath as mp

from autograd.operation import Op
from autograd.testing.exact import NotExactError, evaluate, is_constant, partials
from autograd.testing.oracle import DIGITS, STEP, Local
from autograd.value import Value

_LARGE = 10_000  # powers of 2, beyond which a number is what it is in floats: otherwise its exponential has no end


class Replay:
    """A graph computed again with 80 digits: its value and its gradients, at the recorded leaves or near them.

    `examined` are its nodes in topological order, with what was found out about their local derivatives.
    """

    def __init__(self, examined: Sequence[Local]) -> None:
        self.examined, self.root = examined, examined[-1].node

    def gradients(self, moved: Mapping[Value, Any] | None = None) -> dict[Value, Any]:
        """Return the derivatives of the last node by all nodes, where some leaves may have `moved`."""
        with mp.workdps(DIGITS):
            numbers = self._numbers(moved or {})
            cotangents = {self.root: mp.mpf(1)}
            for local in reversed(self.examined):
                node, arrived = local.node, cotangents.get(local.node)
                if node.op is None or not arrived:
                    continue
                row = local.row or _row(node, node.op, _inputs(node, numbers), numbers[node])
                for i, (x, d) in enumerate(zip(node.inputs, row)):
                    if isinstance(x, Value) and not is_constant(node.op, i):
                        cotangents[x] = cotangents[x] + arrived * d if x in cotangents else arrived * d
            return cotangents

    def second(self, direction: Mapping[Value, float]) -> dict[Value, float]:
        """Return how the derivatives by the leaves change along a `direction`: the hessian times that."""
        with mp.workdps(DIGITS):
            ahead, behind = (
                self.gradients({leaf: mp.mpf(leaf.data) + sign * v * STEP for leaf, v in direction.items()})
                for sign in (1, -1)
            )
            return {leaf: float((ahead.get(leaf, 0) - behind.get(leaf, 0)) / (2 * STEP)) for leaf in direction}

    def _numbers(self, moved: Mapping[Value, Any]) -> dict[Value, Any]:
        numbers: dict[Value, Any] = {}
        for node, *_ in self.examined:
            if node.op is None:
                numbers[node] = moved.get(node, mp.mpf(node.data))
            else:
                number = _evaluated(node.op, _inputs(node, numbers))
                numbers[node] = number if mp.mag(number) < _LARGE else mp.mpf(node.data)
        return numbers


def _inputs(node: Value, numbers: Mapping[Value, Any]) -> list[Any]:
    return [numbers[x] if isinstance(x, Value) else mp.mpf(float(x)) for x in node.inputs]


def _evaluated(op: Op, inputs: Sequence[Any]) -> Any:
    try:
        return evaluate(op, inputs)
    except NotExactError:
        return mp.mpf(op.evaluate([float(x) for x in inputs]))


def _row(node: Value, op: Op, inputs: Sequence[Any], y: Any) -> Sequence[Any]:
    try:
        return partials(op, inputs, y)
    except NotExactError:
        return node.partials
