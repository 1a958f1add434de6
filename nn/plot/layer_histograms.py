"""Plot histograms of the signals and of the gradients in each layer of a network."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from math import hypot, inf, sqrt
from typing import Any

import numpy as np
from matplotlib.axes import Axes

import autograd
from autograd import relu

from ..layers import MLP, Layer
from ..training.objectives import Loss
from ..training.samples import Array, Samples, as_array, check_targets, samples
from .style import BLUE, RED, axes_on, short_name

_WIDTH = 7.5
_BINS = 80
_HEIGHT = 0.85  # height of a histogram; histograms are 1 apart
_FLAT = 1e-3  # fraction of the steepest slope below which a signal is saturated


def signals_by_layer(model: MLP | Layer, X: Any, *, ax: Axes | None = None) -> Axes:
    """Draw a histogram of the outputs of each layer of `model` over the samples `X`.

    Layers without an activation are left out, unless no layer has one. Notes give the standard deviation (std) and the
    signals that pass no gradient: a relu unit that is 0 for all samples is dead; a tanh or sigmoid signal with less
    than 1/1,000 of the steepest slope is saturated, and a unit may be saturated for all samples. Heights are square
    roots of counts, which makes the tails visible.

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
    _draw_histograms(ax, [signals[i] for i in shown])
    notes = [_note_on_signals(_activation(layers[i]), signals[i]) for i in shown]
    _label(ax, [_name(i, layers[i]) for i in shown], notes)
    ax.set_xlabel("signal")
    return ax


def gradients_by_layer(model: MLP | Layer, loss: Loss, X: Any, Y: Any, *, ax: Axes | None = None) -> Axes:
    """Draw a histogram of the gradients of the mean `loss` in each layer of `model`, on a logarithmic scale.

    The loss is `loss(model(x), y)`, averaged over the samples `X` and targets `Y`. Red marks the root mean square (rms)
    of each layer: it changes by orders of magnitude from layer to layer if gradients vanish or explode. A logarithmic
    scale has no 0, so notes give the share of zero gradients. The parameters and their `grad` are left unchanged.

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
    _draw_histograms(ax, gradients, in_log=True)
    ax.plot([r or np.nan for r in rms], range(len(layers)), "|-", color=RED, ms=13, mew=2, lw=0.8)
    _label(ax, list(map(_name, range(len(layers)), layers)), list(map(_note_on_gradients, gradients, rms)))
    ax.set_xlabel("absolute gradient of a parameter (red: root mean square)")
    return ax


def _layers(model: Any) -> Sequence[Layer]:
    if isinstance(model, (MLP, Layer)):
        return model.layers if isinstance(model, MLP) else [model]
    raise TypeError(f"model must be an MLP or a Layer of nn, got {type(model).__name__}")


def _signals(layers: Sequence[Layer], X: Array) -> list[Array]:
    """Return the outputs of each layer as an array of shape (units, samples)."""

    def outputs(x: Any) -> list[list[Any]]:
        return list(accumulate(layers, lambda signals, layer: layer.outputs(signals), initial=x))[1:]

    computed = autograd.compile(outputs, params=_parameters(layers), reduction=None)(X)
    return [np.array([np.broadcast_to(unit, len(X)) for unit in layer]) for layer in computed]


def _gradients(model: Any, layers: Sequence[Layer], loss: Loss, data: Samples) -> list[Array]:
    """Return the gradient of the mean loss over `data` with respect to the parameters of each layer."""
    parameters = _parameters(layers)
    step = autograd.compile(lambda x, y: loss(model(x), y), params=parameters)
    _, gradient = step.value_and_grad([p.data for p in parameters], data.X.astype(float), data.Y)
    return np.split(gradient, np.cumsum([len(layer.parameters()) for layer in layers])[:-1])


def _parameters(layers: Sequence[Layer]) -> list[autograd.Value]:
    return [p for layer in layers for p in layer.parameters()]


def _root_mean_square(numbers: Array) -> float:
    return hypot(*numbers.flat) / sqrt(numbers.size)  # hypot neither overflows nor underflows


def _activation(layer: Layer) -> Any:
    return layer.neurons[0].activation


def _name(i: int, layer: Layer) -> str:
    activation = _activation(layer)
    return f"layer {i}, {short_name(getattr(activation, '__name__', activation) if activation else 'linear')}"


def _note_on_signals(activation: Any, signals: Array) -> str:
    """Describe the spread of `signals` and the shares of signals and units that pass no gradient."""
    if not np.isfinite(signals).all():
        return _share_not_finite(signals)
    spread = f"std {_root_mean_square(signals - signals.mean()):.2g}"
    if activation is relu:
        stuck, state, unit_state = signals == 0, "at 0", "dead"
    elif isinstance(activation, autograd.Op) and activation.activation and activation.activation.is_bounded:
        low, high = activation(-inf), activation(inf)
        slopes = 4 * (signals - low) * (high - signals) / (high - low) ** 2  # of tanh and sigmoid, by their outputs
        stuck, state, unit_state = slopes < _FLAT, "saturated", "always"
    else:
        return spread
    units = stuck.all(axis=1).sum()
    share = f"; {stuck.mean():.0%} {state}" if stuck.any() else ""
    return f"{spread}{share}{f', {units} of {len(stuck)} units {unit_state}' if units else ''}"


def _note_on_gradients(gradient: Array, rms: float) -> str:
    if not np.isfinite(gradient).all():
        return _share_not_finite(gradient)
    zeros = np.mean(gradient == 0)
    return f"rms {rms:.2g}" + (f"; {zeros:.0%} are 0" if zeros else "")


def _share_not_finite(numbers: Array) -> str:
    return f"{np.mean(~np.isfinite(numbers)):.0%} not finite"


def _draw_histograms(ax: Axes, distributions: Sequence[Array], in_log: bool = False) -> None:
    """Draw a histogram of each of the `distributions`, one below the other, with common bins."""
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
    """Return the edges of bins for all `numbers`, centred on them if they are equal up to rounding."""
    if not len(numbers) or np.ptp(numbers) > 1e-9 * np.abs(numbers).max():
        return np.histogram_bin_edges(numbers, _BINS)
    middle = numbers.mean()
    reach = max(0.5, 1e-6 * abs(middle))
    return np.linspace(middle - reach, middle + reach, _BINS + 1)


def _label(ax: Axes, names: Sequence[str], notes: Sequence[str]) -> None:
    """Write the `names` of the histograms on the left and the `notes` on the right."""
    positions = range(len(names))
    ax.set_ylim(len(names) - 0.8, -1.1)
    ax.set_yticks(positions, names, parse_math=False)
    right = ax.secondary_yaxis("right")
    right.set_yticks(positions, notes, parse_math=False)
    for axis in (ax, right):
        axis.tick_params(axis="y", length=0)
        axis.spines[["left", "right", "top"]].set_visible(False)
    ax.grid(axis="x", alpha=0.3)
