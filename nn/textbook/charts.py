"""Charts of learning on matplotlib axes: the parabola of the squared error, and what learning costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import TYPE_CHECKING

from ..plot.style import BLUE, COLOURS, MARKERS, ORANGE, axes_on
from .perturbation import Trail
from .records import Records
from .weight_table import DESIRED, INPUTS, Guess, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TANGENTS = 4  # more of them lie on each other


def parabola(
    trail: Sequence[Guess],
    *,
    inputs: Sequence[float] = INPUTS,
    desired: Sequence[float] = DESIRED,
    ax: Axes | None = None,
) -> Axes:
    """Draw the squared error over the weight, and on it the `trail` of `find_weight`, with the tangents at its start.

    The slope of a tangent is the gradient there, and the step to the next weight is that, times -lr.
    """
    ax = axes_on(ax)
    weights = [guess.weight for guess in trail]
    middle = sum(x * d for x, d in zip(inputs, desired)) / sum(x * x for x in inputs)
    reach = 1.15 * max(1e-9, *(abs(w - middle) for w in weights))
    grid = [middle + reach * (i / 100 - 1) for i in range(201)]
    ax.plot(grid, [look(w, inputs, desired).error for w in grid], color="tab:gray", label="Σ (w · input - desired)²")
    for guess in trail[:_TANGENTS]:
        ends = [guess.weight - reach / 5, guess.weight + reach / 5]
        heights = [guess.error + guess.gradient * (w - guess.weight) for w in ends]
        ax.plot(ends, heights, color=ORANGE, lw=1.2, zorder=3)
    ax.plot([], [], color=ORANGE, lw=1.2, label="tangent: its slope is the gradient")
    errors = [guess.error for guess in trail]
    ax.plot(weights, errors, color=BLUE, marker="o", ms=5, lw=1, ls=":", zorder=4, label="gradient descent")
    ax.set_xlabel("weight w")
    ax.set_ylabel("squared error, summed")
    ax.set_ylim(-0.05 * max(errors), 1.35 * max(errors))
    ax.grid(alpha=0.3)
    ax.legend(loc="upper center", fontsize=9)
    return ax


def loss_by_passes(trails: Mapping[str, Trail], *, ax: Axes | None = None) -> Axes:
    """Draw the loss of each of the named `trails` over the forward passes that it took, both on logarithmic scales."""
    ax = axes_on(ax)
    for color, (name, trail) in zip(cycle(COLOURS), trails.items()):
        passes = [max(1.0, n) for n in trail.passes]  # there is no 0 on a logarithmic scale
        ax.plot(passes, trail.losses, color=color, label=name, drawstyle="steps-post", lw=1.6)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlabel("cost, in forward passes over all samples")
    ax.set_ylabel("loss")
    ax.grid(alpha=0.3, which="both")
    ax.legend()
    return ax


def cost_by_weights(table: Records, *, ax: Axes | None = None) -> Axes:
    """Draw each column of a `table` of costs over that of the weights, both on logarithmic scales.

    Such tables are made by `costs_of_a_gradient` and `passes_to_learn`.
    """
    ax = axes_on(ax)
    weights = table.column("weights")
    for color, mark, head in zip(COLOURS, MARKERS, [head for head in table[0] if head != "weights"]):
        costs = [float("nan") if cost is None else cost for cost in table.column(head)]
        ax.plot(weights, costs, color=color, marker=mark, ms=6, label=head)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xticks(weights, [f"{n:,}" for n in weights])
    ax.minorticks_off()
    ax.set_xlabel("number of weights")
    ax.set_ylabel("cost, in forward passes")
    ax.grid(alpha=0.3)
    ax.legend()
    return ax
