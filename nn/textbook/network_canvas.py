"""Draw a network on matplotlib axes, each neuron as its adder and its nonlinear element."""

from __future__ import annotations

from collections.abc import Iterator
from math import atan2, degrees, dist, isfinite
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyBboxPatch

from autograd import Value, no_grad

from ..layers import ActivationFunction
from ..plot.style import BLUE, GREEN, RED
from .training_round import Round

IDLE, INK = "#bdbdbd", "#333333"
FORWARD, BACK, UPDATE = BLUE, RED, GREEN

Point = tuple[float, float]

_ACROSS, _DOWN = 4.9, 2.7  # distances between layers and between neurons
_HALF, _RADIUS = 0.62, 0.45  # half the distance between adder and element, and their radius
_GAP = 0.04  # between an arrow and what it points at
_LABEL = 0.72  # position of a weight on its arrow, towards the larger layer, where the arrows are apart


class Canvas:
    """Axes with room for the network of a round, and the positions of its parts; the inputs are layer -1."""

    def __init__(self, ax: Axes, round_: Round) -> None:
        self.ax, self.round = ax, round_
        self.counts = [len(round_.inputs), *map(len, round_.layers)]
        width, height = extent(round_)
        self.right = width - 1.5
        ax.set(xlim=(-0.6, width - 0.6), ylim=(0.1 - height / 2, height / 2 + 0.1), aspect="equal")
        ax.axis("off")

    def middle(self, layer: int, i: int) -> Point:
        """Return the middle of neuron `i` of a layer, or of input `i`."""
        return _ACROSS * (layer + 1), _DOWN * ((self.counts[layer + 1] - 1) / 2 - i)

    def adder(self, layer: int, i: int) -> Point:
        """Return the middle of the adder of a neuron."""
        x, y = self.middle(layer, i)
        return x - _HALF, y

    def element(self, layer: int, i: int) -> Point:
        """Return the middle of the nonlinear element of a neuron, or of an input."""
        x, y = self.middle(layer, i)
        return (x + _HALF if layer >= 0 else x), y

    def text(self, where: Point, text: str, color: str = INK, size: float = 10, **options: Any) -> None:
        """Write `text` centred at a point."""
        self.ax.text(*where, text, color=color, fontsize=size, ha="center", va="center", zorder=5, **options)

    def arrow(self, start: Point, end: Point, color: str, *, back: bool = False) -> None:
        """Draw an arrow between two points, bold in colour; `back` reverses it."""
        is_bold = color not in (IDLE, INK)
        style: dict[str, Any] = {"arrowstyle": "-|>,head_width=0.22,head_length=0.45", "shrinkA": 0, "shrinkB": 0}
        style |= {"color": color, "lw": 1.8 if is_bold else 1.0}
        start, end = (end, start) if back else (start, end)
        self.ax.annotate("", end, start, arrowprops=style, zorder=3 if is_bold else 1)

    def edge(self, layer: int, i: int, j: int, text: str, color: str = IDLE, *, back: bool = False) -> None:
        """Draw the arrow from signal `j` to neuron `i` of a layer, with its weight as `text`; `back` reverses it."""
        start, end = self.element(layer - 1, j), self.adder(layer, i)
        gap = (_RADIUS + _GAP) / dist(start, end)
        start, end = _between(start, end, gap), _between(start, end, 1 - gap)
        self.arrow(start, end, color, back=back)
        part = _LABEL if self.counts[layer + 1] >= self.counts[layer] else 1 - _LABEL
        angle = degrees(atan2(end[1] - start[1], end[0] - start[0]))
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
        where = _between(start, end, part)
        self.text(where, text, _ink(color), 9, rotation=angle, rotation_mode="anchor", bbox=box)

    def bias(self, layer: int, i: int, text: str, color: str = IDLE) -> None:
        """Draw the bias of a neuron above its adder."""
        x, y = self.adder(layer, i)
        self.arrow((x, y + _RADIUS + 0.4), (x, y + _RADIUS + _GAP), color)
        self.text((x, y + _RADIUS + 0.56), text, _ink(color), 9)

    def neuron(
        self, layer: int, i: int, r: str, y: str, element: ActivationFunction | None, color: str, *, back: bool
    ) -> None:
        """Draw a neuron: its adder with the sum `r`, and its nonlinear `element` with the output `y`."""
        (left, height), (right, _) = self.adder(layer, i), self.element(layer, i)
        ink, lw = _ink(color), 1.2 if color == IDLE else 2.2
        line: dict[str, Any] = {"facecolor": "white", "edgecolor": ink, "lw": lw, "zorder": 4}
        self.ax.add_patch(Circle((left, height), _RADIUS, **line))
        corner = (right - _RADIUS + 0.1, height - _RADIUS + 0.1)
        side = 2 * _RADIUS - 0.2
        self.ax.add_patch(FancyBboxPatch(corner, side, side, boxstyle="round,pad=0.1", **line))
        self.arrow((left + _RADIUS, height), (right - _RADIUS, height), ink, back=back)
        self.text((left, height + 0.17), "Σ", INK, 11)
        self.text((left, height - 0.17), r)
        curve = [(right + 0.3 * x, height + 0.17 + 0.15 * y) for x, y in _shape(element)]
        self.ax.plot(*zip(*curve), color=INK, lw=1.2, zorder=5)
        self.text((right, height - 0.17), y)


def extent(round_: Round) -> tuple[float, float]:
    """Return the width and height of the drawing of a round, in units in which an adder has the width 0.9."""
    counts = [len(round_.inputs), *map(len, round_.layers)]
    return _ACROSS * (len(counts) - 1) + 4.0, _DOWN * (max(counts) - 1) + 2.4


def _shape(element: ActivationFunction | None) -> Iterator[Point]:
    """Yield points of the curve of `element` on [-3, 3], scaled to [-1, 1] in both directions."""
    xs = [-3 + i / 10 for i in range(61)]
    with no_grad():
        ys = [x if element is None else float(element(Value(x))) for x in xs]
    found = [(x / 3, y) for x, y in zip(xs, ys) if isfinite(y)]
    low, high = min(y for _, y in found), max(y for _, y in found)
    for x, y in found:
        yield x, 2 * (y - low) / (high - low or 1.0) - 1


def _ink(color: str) -> str:
    return INK if color == IDLE else color


def _between(start: Point, end: Point, part: float) -> Point:
    return start[0] + part * (end[0] - start[0]), start[1] + part * (end[1] - start[1])
