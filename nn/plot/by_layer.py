"""Distributions by layer: of the signals that a network passes on, of the gradients that reach its parameters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

import autograd
from autograd import relu

from ..layers import MLP, Layer
from ..training.objectives import Loss
from ..training.samples import Samples, as_array, check_targets, samples
from .style import BLUE, RED, axes_on, literal, short_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .style import Array

_WIDTH = 7.5
_BINS = 80
_HEIGHT = 0.85  # of the highest strip; they are 1 apart
_FLAT = 1e-3  # of the steepest slope


def signals_by_layer(model: MLP | Layer, X: Any, *, ax: Axes | None = None) -> Axes:
    """Draw how the outputs of the units in each layer of `model` are distributed over the samples `X`.

    The layers with an activation are drawn, or all where none has one. Beside each is written its standard deviation
    (std), and what stops gradients there: a relu unit that is 0 for all samples is dead; a tanh or sigmoid signal with
    less than 1/1,000 of the steepest slope is saturated, and so is a unit where all samples are. Heights are square
    roots of counts, which shows the tails.

    >>> import random
    >>> from matplotlib.figure import Figure
    >>> model = MLP(1, [3, 1], rng=random.Random(0))
    >>> ax = signals_by_layer(model, [[1.0], [2.0]], ax=Figure().subplots())
    >>> [text.get_text() for text in ax.child_axes[0].get_yticklabels()]
    ['std 1.1; 67% at 0, 2 of 3 units dead']
    """
    layers = _layers(model)
    signals = _signals(layers, as_array("X", X).astype(float))
    shown = [i for i, layer in enumerate(layers) if _activation(layer)] or range(len(layers))
    ax = axes_on(ax, _WIDTH, 0.9 + 0.5 * len(shown))
    _draw_strips(ax, [signals[i] for i in shown])
    _write(ax, [_name(i, layers[i]) for i in shown], [_state(_activation(layers[i]), signals[i]) for i in shown])
    ax.set_xlabel("signal")
    return ax


def gradients_by_layer(model: MLP | Layer, loss: Loss, X: Any, Y: Any, *, ax: Axes | None = None) -> Axes:
    """Draw how large the derivatives of the mean `loss` by the parameters in each layer of `model` are, on a log scale.

    The mean is of `loss(model(x), y)` over the samples `X` and targets `Y`. The root mean square (rms) of each layer is
    marked: gradients that vanish, or explode, change it by orders of magnitude from layer to layer. Derivatives
    of 0 have no place on the scale; their share is written beside it. The parameters and their `grad` stay as they are.

    >>> import random, nn
    >>> from matplotlib.figure import Figure
    >>> model = MLP(1, [1], rng=random.Random(0))
    >>> ax = gradients_by_layer(model, nn.mean_squared_error, [[0.0], [0.0]], [1.0, 1.0], ax=Figure().subplots())
    >>> [text.get_text() for text in ax.child_axes[0].get_yticklabels()]
    ['rms 0.68; 50% are 0']
    """
    layers = _layers(model)
    data = samples(X, Y)
    gradients = _gradients(model, layers, loss, check_targets(loss, data, model(data.X[0].tolist())))
    rms = [_root_mean_square(g) for g in gradients]
    ax = axes_on(ax, _WIDTH, 0.9 + 0.5 * len(layers))
    ax.set_xscale("log")
    _draw_strips(ax, gradients, in_log=True)
    ax.plot([r or np.nan for r in rms], range(len(layers)), "|-", color=RED, ms=13, mew=2, lw=0.8)
    _write(ax, [_name(i, layer) for i, layer in enumerate(layers)], list(map(_size, gradients, rms)))
    ax.set_xlabel("size of a derivative by a parameter (red: root mean square)")
    return ax


def _layers(model: Any) -> Sequence[Layer]:
    if isinstance(model, (MLP, Layer)):
        return model.layers if isinstance(model, MLP) else [model]
    raise TypeError(f"layers are drawn of an MLP or a Layer of nn, not of {type(model).__name__}")


def _signals(layers: Sequence[Layer], X: Array) -> list[Array]:
    """Return the outputs of each of the `layers`, as arrays of shape (units, samples)."""

    def outputs(x: Any) -> list[list[Any]]:
        signals = [x]
        for layer in layers:
            signals.append(layer.outputs(signals[-1]))
        return signals[1:]

    parameters = [p for layer in layers for p in layer.parameters()]
    computed = autograd.compile(outputs, params=parameters, reduction=None)(X)
    return [np.array([np.broadcast_to(unit, len(X)) for unit in layer]) for layer in computed]


def _gradients(model: Any, layers: Sequence[Layer], loss: Loss, data: Samples) -> list[Array]:
    """Return the derivatives of the mean loss over `data` by the parameters of each of the `layers`."""
    parameters = [p for layer in layers for p in layer.parameters()]
    step = autograd.compile(lambda x, y: loss(model(x), y), params=parameters)
    _, gradient = step.value_and_grad([p.data for p in parameters], data.X.astype(float), data.Y)
    return np.split(gradient, np.cumsum([len(layer.parameters()) for layer in layers])[:-1])


def _root_mean_square(g: Array) -> float:
    largest = np.abs(g).max()  # taken out, as squares of what vanishes would be 0
    return float(largest * np.sqrt(np.mean((g / largest) ** 2))) if 0 < largest < np.inf else float(largest)


def _activation(layer: Layer) -> Any:
    return layer.neurons[0].activation


def _name(i: int, layer: Layer) -> str:
    activation = _activation(layer)
    return f"layer {i}, {short_name(getattr(activation, '__name__', activation) if activation else 'linear')}"


def _state(activation: Any, signals: Array) -> str:
    """Say how far the `signals` of a layer spread, and which share of them, and of its units, stops gradients."""
    if not np.isfinite(signals).all():
        return f"{np.mean(~np.isfinite(signals)):.0%} not finite"
    spread = f"std {_root_mean_square(signals - signals.mean()):.2g}"
    if activation is relu:
        stuck, of_signals, of_units = signals == 0, "at 0", "dead"
    elif isinstance(activation, autograd.Op) and activation.activation and activation.activation.is_bounded:
        low, high = activation(-math.inf), activation(math.inf)
        slopes = 4 * (signals - low) * (high - signals) / (high - low) ** 2  # of tanh and sigmoid, by their outputs
        stuck, of_signals, of_units = slopes < _FLAT, "saturated", "always"
    else:
        return spread
    units = stuck.all(axis=1).sum()
    share = f"; {stuck.mean():.0%} {of_signals}" if stuck.any() else ""
    return f"{spread}{share}{f', {units} of {len(stuck)} units {of_units}' if units else ''}"


def _size(gradient: Array, rms: float) -> str:
    if not np.isfinite(gradient).all():
        return f"{np.mean(~np.isfinite(gradient)):.0%} not finite"
    none = np.mean(gradient == 0)
    return f"rms {rms:.2g}" + (f"; {none:.0%} are 0" if none else "")


def _draw_strips(ax: Axes, distributions: Sequence[Array], in_log: bool = False) -> None:
    """Draw the histogram of each of the `distributions`, one below the other, on one scale."""
    finite = [numbers[np.isfinite(numbers)] for numbers in distributions]
    if in_log:
        finite = [np.log10(np.abs(numbers[numbers != 0])) for numbers in finite]
    edges = _edges(np.concatenate(finite))
    for i, numbers in enumerate(finite):
        heights = np.sqrt(np.histogram(numbers, edges)[0])
        tops = i - _HEIGHT * heights / max(heights.max(), 1)
        ax.stairs(tops, 10**edges if in_log else edges, baseline=i, fill=True, color=BLUE, alpha=0.75)
        ax.axhline(i, color="0.7", linewidth=0.8, zorder=0)


def _edges(numbers: Array) -> Array:
    """Return the edges of bins for all `numbers`; numbers that are equal up to rounding are in the middle."""
    if not len(numbers) or np.ptp(numbers) > 1e-9 * np.abs(numbers).max():
        return np.histogram_bin_edges(numbers, _BINS)
    middle = numbers.mean()
    reach = max(0.5, 1e-6 * abs(middle))
    return np.linspace(middle - reach, middle + reach, _BINS + 1)


def _write(ax: Axes, names: Sequence[str], notes: Sequence[str]) -> None:
    """Write the `names` of the strips to their left, and `notes` on them to their right."""
    positions = range(len(names))
    ax.set_ylim(len(names) - 0.8, -1.1)
    ax.set_yticks(positions, names)
    right = ax.secondary_yaxis("right")
    right.set_yticks(positions, notes)
    literal([*ax.get_yticklabels(), *right.get_yticklabels()])
    for axis in (ax, right):
        axis.tick_params(axis="y", length=0)
        axis.spines[["left", "right", "top"]].set_visible(False)
    ax.grid(axis="x", alpha=0.3)
