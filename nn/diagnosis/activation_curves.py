"""Detect activations that are flat at their inputs but steep elsewhere."""

from __future__ import annotations

from math import inf, isfinite
from typing import NamedTuple

from autograd import Value, where

from ..shared import mul
from .chains import MAX_LINKS, NEAR, Chains, number_of

_FLAT = 5e-3  # fraction of the steepest slope below which a curve counts as flat
_OUTER = (2.0, 4.0)  # the outermost points of NEAR on one side
_FAR = 64.0
_TAME = 4  # limit on the slope far out, as a multiple of the steepest slope near 0


class Flat(NamedTuple):
    """A chain that is flat at its input: its first flat `node`, and the `part` of the steepest slope that is left.

    `is_off`: the chain is steep on the other side, as relu is, or it is cut off at the value 0; otherwise it is
    saturated. `is_abrupt`: flatness depends on the side only, not on the distance, as for relu and clipping.
    `is_constant`: the chain has no slope anywhere.
    """

    node: Value
    part: float
    is_off: bool
    is_abrupt: bool
    is_constant: bool


class Curve:
    """The absolute slope of a link as a function of the number at its origin."""

    def __init__(self, slopes: dict[float, float]) -> None:
        self._slopes = slopes
        self.steepest = max(filter(isfinite, (slopes[x] for x in NEAR)), default=0.0)

    def part(self, slope: float) -> float:
        """Return the absolute `slope` as a fraction of the steepest slope near 0."""
        if slope == 0:
            return 0.0
        return abs(slope) / self.steepest if self.steepest else inf

    def is_cut_off(self, x: float, slope: float) -> bool:
        """Return True if the slope is exactly 0 on the side of `x`, rather than fading."""
        return slope == 0 and any(all(self._slopes[side * far] == 0 for far in _OUTER) for side in _sides(x))

    def stays_flat(self, x: float, slope: float) -> bool:
        """Return True if a curve that is flat at `x` is flat farther out, too, so `x` is no minimum."""
        is_tame = all(self._slopes[far] <= _TAME * self.steepest for far in (_FAR, -_FAR))
        return is_tame or self.is_cut_off(x, slope)

    def is_rectifier(self, x: float) -> bool:
        """Return True if a curve that is flat at `x` is steep on the other side."""
        return any(self._slopes[-side * _FAR] >= 0.1 * self.steepest > 0 for side in _sides(x))


class Curves:
    """The curves of all `chains`; chains with the same operations and constants share their curves."""

    def __init__(self, chains: Chains) -> None:
        self._chains = chains
        self._known: dict[tuple[object, ...], list[Curve]] = {}

    def flat(self, origin: Value) -> Flat | None:
        """Describe the flat part of the chain that starts at an adder, or return None if the chain has a slope."""
        chains, x = self._chains, origin.data
        exits, links, slopes = chains.exits(origin), chains.links[origin], chains.slopes
        if len(links) > MAX_LINKS or not all(node in chains.bent for node in exits):
            return None
        curves = dict(zip(links, self._curves(origin)))
        parts = {node: curve.part(slopes[node]) for node, curve in curves.items()}
        worst = max(exits, key=parts.__getitem__)
        if not parts[worst] < _FLAT:
            return None
        for node, curve in curves.items():
            if node in chains.bent and parts[node] < _FLAT and curve.stays_flat(x, slopes[node]):
                is_mask = node.op is mul and not curve.steepest
                is_rectifier = is_mask or curves[worst].is_rectifier(x)
                is_cut_off = curve.is_cut_off(x, slopes[node])
                is_choice = any(link.op is where for link in links)  # elsewhere, its condition may differ
                is_constant = not (is_mask or is_choice or curve.steepest)
                is_off = is_rectifier or is_constant or (is_cut_off and node.data == 0)
                return Flat(node, parts[worst], is_off, is_rectifier or is_cut_off, is_constant)
        return None

    def _curves(self, origin: Value) -> list[Curve]:
        links = self._chains.links[origin]
        index = {node: (i,) for i, node in enumerate((origin, *links))}
        parts = ((link.op, *(index[x] if x in index else number_of(x) for x in link.inputs)) for link in links)
        key = (origin.data > 0, *parts)
        if key not in self._known:
            runs = {x: self._chains.run(origin, origin, x) for x in (*NEAR, _FAR, -_FAR)}
            self._known[key] = [Curve({x: abs(points[link][1]) for x, points in runs.items()}) for link in links]
        return self._known[key]


def _sides(x: float) -> tuple[int, ...]:
    """Return the sign of `x`, or both signs for 0."""
    return (1,) if x > 0 else (-1,) if x < 0 else (-1, 1)
