"""Charts of the squared error as a function of the weight, and of the cost of learning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import TYPE_CHECKING, Literal

from ..plot.style import BLUE, COLOURS, MARKERS, ORANGE, axes_on
from .perturbation import Trail
from .records import Records
from .weight_tables import DESIRED, INPUTS, Guess, guess_at

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MAX_TANGENTS = 4  # number of tangents; later ones overlap


def parabola(
    trail: Sequence[Guess],
    *,
    inputs: Sequence[float] = INPUTS,
    desired: Sequence[float] = DESIRED,
    ax: Axes | None = None,
) -> Axes:
    """Draw the squared error as a function of the weight, the `trail` of `find_weight`, and its first tangents.

    The slope of a tangent is the gradient; the step to the next weight is -lr times this slope.
    """
    ax = axes_on(ax)
    weights, errors = [guess.weight for guess in trail], [guess.error for guess in trail]
    middle = sum(x * d for x, d in zip(inputs, desired)) / sum(x * x for x in inputs)
    reach = 1.15 * max(1e-9, *(abs(w - middle) for w in weights))
    grid = [middle + reach * (i / 100 - 1) for i in range(201)]
    curve = [guess_at(w, inputs, desired).error for w in grid]
    ax.plot(grid, curve, color="tab:gray", label="Σ (w · input - desired)²")
    for guess in trail[:_MAX_TANGENTS]:
        ends = [guess.weight - reach / 5, guess.weight + reach / 5]
        heights = [guess.error + guess.gradient * (w - guess.weight) for w in ends]
        ax.plot(ends, heights, color=ORANGE, lw=1.2, zorder=3)
    ax.plot([], [], color=ORANGE, lw=1.2, label="tangent: its slope is the gradient")
    ax.plot(weights, errors, color=BLUE, marker="o", ms=5, lw=1, ls=":", zorder=4, label="gradient descent")
    ax.set(xlabel="weight w", ylabel="sum of squared errors")
    ax.set_ylim(-0.05 * max(errors), 1.35 * max(errors))
    ax.grid(alpha=0.3)
    ax.legend(loc="upper center", fontsize=9)
    return ax


def loss_by_passes(trails: Mapping[str, Trail], *, ax: Axes | None = None) -> Axes:
    """Plot the loss of each named trail against the number of forward passes, on logarithmic scales."""
    ax = axes_on(ax)
    for color, (name, trail) in zip(cycle(COLOURS), trails.items()):
        passes = [max(1.0, n) for n in trail.passes]  # a logarithmic scale has no 0
        ax.plot(passes, trail.losses, color=color, label=name, drawstyle="steps-post", lw=1.6)
    return _on_log_scales(ax, xlabel="cost, in forward passes over all samples", ylabel="loss", ticks="both")


def cost_by_weights(table: Records, *, ax: Axes | None = None) -> Axes:
    """Plot the costs in a table against the number of weights, on logarithmic scales.

    The `table` is the result of `costs_of_a_gradient` or `passes_to_learn`.
    """
    ax = axes_on(ax)
    weights = table.column("weights")
    for color, marker, head in zip(COLOURS, MARKERS, [head for head in table[0] if head != "weights"]):
        costs = [float("nan") if cost is None else cost for cost in table.column(head)]
        ax.plot(weights, costs, color=color, marker=marker, ms=6, label=head)
    _on_log_scales(ax, xlabel="number of weights", ylabel="cost, in forward passes", ticks="major")
    ax.set_xticks(weights, [f"{n:,}" for n in weights])
    ax.minorticks_off()
    return ax


def _on_log_scales(ax: Axes, *, xlabel: str, ylabel: str, ticks: Literal["both", "major"]) -> Axes:
    ax.set(xscale="log", yscale="log", xlabel=xlabel, ylabel=ylabel)
    ax.grid(alpha=0.3, which=ticks)
    ax.legend()
    return ax
