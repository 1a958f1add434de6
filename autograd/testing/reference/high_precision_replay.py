"""Replay a recorded graph with 450 digits, and compute its first and second derivatives."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any

import mpmath as mp

from autograd.operation import Op
from autograd.testing.inputs import varied_inputs
from autograd.testing.reference.high_precision import FloatsOnlyError, evaluate
from autograd.testing.reference.one_sided_slopes import one_sided_slope
from autograd.testing.reference.oracle import REPLAY_DIGITS, LocalCheck, rule_row
from autograd.testing.reference.second_derivatives import changes_of_slopes
from autograd.value import Value

_MAX_EXPONENT = 10_000  # larger powers of 2 are clipped, because their exponential would take forever


class Replay:
    """A graph computed again with 450 digits, enough to distinguish 1 from 1 plus the smallest float.

    `local_checks` holds the checks of the local derivatives, one for each node in topological order.
    """

    def __init__(self, local_checks: Sequence[LocalCheck]) -> None:
        self.local_checks, self.root = local_checks, local_checks[-1].node
        self._rows: dict[Value, Sequence[Any]] = {}

    @cached_property
    def numbers(self) -> Mapping[Value, Any]:
        """The number at each node."""
        with mp.workdps(REPLAY_DIGITS):
            return numbers([local.node for local in self.local_checks], {})

    def gradients(self) -> dict[Value, Any]:
        """Return the derivatives of the root with respect to all nodes."""
        with mp.workdps(REPLAY_DIGITS):
            cotangents = {self.root: mp.mpf(1)}
            for local in reversed(self.local_checks):
                cotangent = cotangents.get(local.node)
                for x, d in self._slopes(local) if cotangent else ():
                    _add(cotangents, x, cotangent * d)
            return cotangents

    def slope(self, leaf: Value) -> float:
        """Return the derivative of the root with respect to a `leaf`, from values alone; nan at a kink or a jump."""
        with mp.workdps(REPLAY_DIGITS):
            nodes = [local.node for local in self.local_checks]

            def root(x: Any) -> Any:
                return numbers(nodes, {leaf: x})[self.root]

            sides = [one_sided_slope(root, mp.mpf(leaf.data), sign, self.numbers[self.root]) for sign in (1, -1)]
            slopes = [float(side.slope) for side in sides if side.is_jump or not mp.isnan(side.slope)]
            return slopes[0] if slopes and math.isclose(slopes[0], slopes[-1], rel_tol=1e-12) else math.nan

    def second(self, direction: Mapping[Value, float], wrong: Collection[Value]) -> dict[Value, float]:
        """Return the Hessian times `direction`: the change of each leaf's derivative along the direction.

        The second derivatives of each node come from its value. `wrong` holds the nodes whose rule has wrong ones.
        """
        with mp.workdps(REPLAY_DIGITS):
            tangents = self._tangents(direction)
            cotangents, changes = {self.root: mp.mpf(1)}, {self.root: mp.mpf(0)}
            for local in reversed(self.local_checks):
                node, cotangent, change = local.node, cotangents.get(local.node, 0), changes.get(local.node, 0)
                if node.op is None or not (cotangent or change):
                    continue
                inputs = _inputs(node, self.numbers)
                moves = {i: tangents.get(x, 0) for i, x in enumerate(node.inputs) if isinstance(x, Value)}
                rates = changes_of_slopes(node, inputs, moves, node in wrong) if cotangent else {}
                for i, rate in rates.items():
                    _add(changes, node.inputs[i], cotangent * rate)
                for x, d in self._slopes(local):
                    _add(cotangents, x, cotangent * d)
                    _add(changes, x, change * d)
            return {leaf: float(changes.get(leaf, 0)) for leaf in direction}

    def _tangents(self, direction: Mapping[Value, float]) -> dict[Value, Any]:
        tangents: dict[Value, Any] = {leaf: mp.mpf(v) for leaf, v in direction.items()}
        for local in self.local_checks:
            for x, d in self._slopes(local):
                if x in tangents:
                    _add(tangents, local.node, tangents[x] * d)
        return tangents

    def _slopes(self, local: LocalCheck) -> list[tuple[Value, Any]]:
        """Return each differentiable input of a node with its local derivative."""
        node = local.node
        if node.op is None:
            return []
        if node not in self._rows:
            row = local.row or rule_row(node.op, _inputs(node, self.numbers), self.numbers[node])
            self._rows[node] = row or node.partials
        return [(node.inputs[i], self._rows[node][i]) for i in varied_inputs(node)]


def numbers(nodes: Sequence[Value], moved: Mapping[Value, Any], *, allow_floats: bool = True) -> dict[Value, Any]:
    """Return the mpmath numbers at the `nodes`, in topological order, with the leaves in `moved` replaced.

    An operation whose value accepts only floats is computed in floats, or raises FloatsOnlyError if `allow_floats`
    is False.
    """
    found: dict[Value, Any] = {}
    for node in nodes:
        if node.op is None:
            found[node] = moved.get(node, mp.mpf(node.data))
            continue
        number = _evaluate(node.op, _inputs(node, found), allow_floats)
        is_huge = mp.isfinite(number) and mp.mag(number) > _MAX_EXPONENT
        found[node] = mp.sign(number) * mp.ldexp(1, _MAX_EXPONENT) if is_huge else number
    return found


def _add(sums: dict[Value, Any], node: Any, number: Any) -> None:
    sums[node] = sums[node] + number if node in sums else number


def _inputs(node: Value, numbers: Mapping[Value, Any]) -> list[Any]:
    return [numbers[x] if isinstance(x, Value) else mp.mpf(float(x)) for x in node.inputs]


def _evaluate(op: Op, inputs: Sequence[Any], allow_floats: bool) -> Any:
    try:
        return evaluate(op, inputs)
    except FloatsOnlyError:
        if not allow_floats:
            raise
        return mp.mpf(op.evaluate([float(x) for x in inputs]))
