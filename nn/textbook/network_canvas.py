"""Drawing a network on matplotlib axes, every neuron as its two units: the adder and the nonlinear element."""

from __future__ import annotations

from collections.abc import Iterator
from math import atan2, degrees, isfinite
from typing import TYPE_CHECKING, Any

from matplotlib.patches import Circle, FancyBboxPatch

from autograd import Value, no_grad

from ..layers import ActivationFunction
from ..plot.style import BLUE, GREEN, RED
from .rounds import Round

if TYPE_CHECKING:
    from matplotlib.axes import Axes

IDLE, INK = "#bdbdbd", "#333333"
FORWARD, BACK, UPDATE = BLUE, RED, GREEN

Point = tuple[float, float]

_ACROSS, _DOWN = 4.9, 2.7  # from layer to layer, from neuron to neuron
_HALF, _RADIUS = 0.62, 0.45  # from the middle of a neuron to that of each unit; of a unit
_LABEL = 0.72  # of the way to where there are more neurons, since there the arrows are apart


class Canvas:
    """Axes with room for the network of a round, and where its parts are: layer -1 is that of the inputs."""

    def __init__(self, ax: Axes, round_: Round) -> None:
        self.ax, self.round = ax, round_
        self.counts = [len(round_.inputs), *map(len, round_.layers)]
        self.right = _ACROSS * (len(self.counts) - 1) + 2.5
        width, height = extent(round_)
        ax.set_xlim(-0.6, width - 0.6)
        ax.set_ylim(0.1 - height / 2, height / 2 + 0.1)
        ax.set_aspect("equal")
        ax.axis("off")

    def middle(self, layer: int, i: int) -> Point:
        """Return where neuron `i` of a `layer` is, or input i of layer -1."""
        return _ACROSS * (layer + 1), _DOWN * ((self.counts[layer + 1] - 1) / 2 - i)

    def adder(self, layer: int, i: int) -> Point:
        """Return where the adder of a neuron is."""
        x, y = self.middle(layer, i)
        return x - _HALF, y

    def element(self, layer: int, i: int) -> Point:
        """Return where the nonlinear element of a neuron is, or an input."""
        x, y = self.middle(layer, i)
        return (x + _HALF if layer >= 0 else x), y

    def text(self, where: Point, text: str, color: str = INK, size: float = 10, **options: Any) -> None:
        """Write `text` with its middle at a point."""
        self.ax.text(*where, text, color=color, fontsize=size, ha="center", va="center", zorder=5, **options)

    def arrow(self, start: Point, end: Point, color: str, *, bold: bool = False) -> None:
        """Draw an arrow between two points."""
        style = {"arrowstyle": "-|>,head_width=0.22,head_length=0.45", "color": color, "lw": 1.8 if bold else 1.0}
        self.ax.annotate("", end, start, arrowprops=style | {"shrinkA": 0, "shrinkB": 0}, zorder=3 if bold else 1)

    def edge(self, layer: int, i: int, j: int, text: str, color: str = IDLE, *, back: bool = False) -> None:
        """Draw what leads from signal `j` to neuron `i` of a `layer`, or `back`, with its weight as `text`."""
        start, end = self.element(layer - 1, j), self.adder(layer, i)
        start, end = _towards(start, end, _RADIUS + 0.04), _towards(end, start, _RADIUS + 0.04)
        active = color != IDLE
        self.arrow(*((end, start) if back else (start, end)), color, bold=active)
        part = _LABEL if self.counts[layer + 1] >= self.counts[layer] else 1 - _LABEL
        angle = degrees(atan2(end[1] - start[1], end[0] - start[0]))
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
        turned: dict[str, Any] = {"rotation": angle, "rotation_mode": "anchor", "bbox": box}
        self.text(_between(start, end, part), text, color if active else INK, 9, **turned)

    def bias(self, layer: int, i: int, text: str, color: str = IDLE) -> None:
        """Draw the bias of a neuron, which comes to its adder from above."""
        x, y = self.adder(layer, i)
        self.arrow((x, y + _RADIUS + 0.4), (x, y + _RADIUS + 0.04), color, bold=color != IDLE)
        self.text((x, y + _RADIUS + 0.56), text, INK if color == IDLE else color, 9)

    def units(
        self,
        layer: int,
        i: int,
        r: str,
        y: str,
        element: ActivationFunction | None,
        color: str = IDLE,
        *,
        back: bool = False,
    ) -> None:
        """Draw a neuron: its adder with the sum `r`, and its nonlinear `element` with the output `y`."""
        (left, height), (right, _) = self.adder(layer, i), self.element(layer, i)
        edge = INK if color == IDLE else color
        line: dict[str, Any] = {
            "facecolor": "white",
            "edgecolor": edge,
            "lw": 1.2 if color == IDLE else 2.2,
            "zorder": 4,
        }
        self.ax.add_patch(Circle((left, height), _RADIUS, **line))
        corner = (right - _RADIUS + 0.1, height - _RADIUS + 0.1)
        side = 2 * _RADIUS - 0.2
        self.ax.add_patch(FancyBboxPatch(corner, side, side, boxstyle="round,pad=0.1", **line))
        ends = (left + _RADIUS, height), (right - _RADIUS, height)
        self.arrow(*(ends[::-1] if back else ends), edge, bold=color != IDLE)
        self.text((left, height + 0.17), "Σ", INK, 11)
        self.text((left, height - 0.17), r)
        curve = [(right + 0.3 * x, height + 0.17 + 0.15 * y) for x, y in _shape(element)]
        self.ax.plot(*zip(*curve), color=INK, lw=1.2, zorder=5)
        self.text((right, height - 0.17), y)


def extent(round_: Round) -> tuple[float, float]:
    """Return how wide and how high the network of a round is drawn, where the adder of a neuron is 0.9 wide."""
    counts = [len(round_.inputs), *map(len, round_.layers)]
    return _ACROSS * (len(counts) - 1) + 4.0, _DOWN * (max(counts) - 1) + 2.4


def _shape(element: ActivationFunction | None) -> Iterator[Point]:
    """Yield points of the graph of `element` between -3 and 3, scaled to lie between -1 and 1 both ways."""
    xs = [-3 + i / 10 for i in range(61)]
    with no_grad():
        ys = [x if element is None else float(element(Value(x))) for x in xs]
    found = [(x / 3, y) for x, y in zip(xs, ys) if isfinite(y)]
    low, high = min(y for _, y in found), max(y for _, y in found)
    for x, y in found:
        yield x, 2 * (y - low) / (high - low or 1.0) - 1


def _between(start: Point, end: Point, part: float) -> Point:
    return start[0] + part * (end[0] - start[0]), start[1] + part * (end[1] - start[1])


def _towards(start: Point, end: Point, distance: float) -> Point:
    """Return the point at a `distance` from the start, on the way to the end."""
    length = ((end[0] - start[0]) ** 2 + (end[1] - start[1]) ** 2) ** 0.5
    return _between(start, end, distance / length)
