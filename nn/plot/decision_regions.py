"""Plot which class a model of two inputs predicts at each point of the plane."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D

from ..evaluation import class_indices, known_classes, predict, softmax
from ..training.samples import Array, samples
from .style import COLOURS, MARKERS, axes_on

_STEPS = 240  # grid points along each side
_MAX_ABOVE = 4  # legend entries that fit on one line above the axes
_DEPTH = 0.5  # colour strength where the probability is 1


def decision_boundary(model: Any, X: Any, Y: Sequence[int], *, ax: Axes | None = None) -> Axes:
    """Draw the class that `model` predicts at each point of the plane, and the samples `X` with their labels `Y`.

    A model with one output predicts class 1 where it is positive, else 0 (or -1 if `Y` contains -1); a model with k
    outputs predicts the class 0 to k - 1 with the largest output. Lines separate the classes. Colours fade as the
    probability (softmax, or sigmoid for one output) falls to that of a guess. Misclassified samples have a black edge.

    >>> import random
    >>> from matplotlib.figure import Figure
    >>> from nn import MLP
    >>> model = MLP(2, [4, 3], rng=random.Random(0))
    >>> ax = decision_boundary(model, [[0.0, 0.0], [1.0, 2.0], [2.0, 1.0]], [0, 1, 2], ax=Figure().subplots())
    >>> [text.get_text() for text in ax.get_legend().get_texts()][:3]
    ['class 0', 'class 1', 'class 2']
    """
    data = samples(X, Y)
    points = _points(data.X)
    outputs = _outputs(model, points)
    classes = known_classes(outputs, data.Y)
    labels, predicted = class_indices(data.Y, classes), _logits(outputs).argmax(axis=1)
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.12 * np.where(high > low, high - low, 1.0)
    xs, ys = np.linspace(low - margin, high + margin, _STEPS).T
    grid = _outputs(model, np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2))
    ax = axes_on(ax, 6.4, 4.4)
    _draw_regions(ax, xs, ys, _logits(grid).reshape(_STEPS, _STEPS, -1))
    _draw_points(ax, points, labels, predicted)
    _draw_legend(ax, [f"class {c}" for c in classes], bool((labels != predicted).any()))
    ax.set(xlabel="input 0", ylabel="input 1")
    return ax


def _points(X: Array) -> Array:
    if X.ndim != 2 or X.shape[1] != 2:
        raise ValueError(f"X must be samples of two inputs, of shape (n, 2), got {X.shape}")
    return X.astype(float)


def _outputs(model: Any, points: Array) -> Array:
    """Return the outputs of `model` at the `points` as an array of shape (points, outputs)."""
    outputs = predict(model, points, raw=True).reshape(len(points), -1)
    finite = np.isfinite(outputs).all(axis=1)
    if not finite.all():
        raise ValueError(f"the output of the model for {points[np.argmin(finite)].tolist()} is not finite")
    return outputs


def _logits(outputs: Array) -> Array:
    """Return one logit for each class; a single output z becomes 0 and z, with the softmax 1 - σ(z) and σ(z)."""
    return np.hstack([np.zeros_like(outputs), outputs]) if outputs.shape[1] == 1 else outputs


def _draw_regions(ax: Axes, xs: Array, ys: Array, logits: Array) -> None:
    """Colour the plane by `logits` of shape (ys, xs, classes), and draw lines between the classes."""
    k = logits.shape[-1]
    certainty = np.maximum(softmax(logits) - 1 / k, 0) / (1 - 1 / k)
    ink = 1 - np.array([to_rgb(_class_style(i)["color"]) for i in range(k)])
    extent = (xs[0], xs[-1], ys[0], ys[-1])
    ax.imshow(1 - _DEPTH * certainty @ ink, extent=extent, origin="lower", aspect="auto", interpolation="bilinear")
    for i in range(k if k > 2 else 1):
        lead = logits[..., i] - np.delete(logits, i, axis=-1).max(axis=-1)
        if lead.min() < 0 < lead.max():
            ax.contour(xs, ys, lead, levels=[0], colors="black", linewidths=1)


def _draw_points(ax: Axes, points: Array, labels: Array, predicted: Array) -> None:
    for i in np.unique(labels):
        x, y = points[labels == i].T
        wrong = predicted[labels == i] != i
        dots = ax.scatter(x, y, s=30, **_class_style(i))
        dots.set(edgecolor=np.where(wrong, "black", "white"), linewidth=np.where(wrong, 1.4, 0.6))


def _draw_legend(ax: Axes, names: Sequence[str], has_errors: bool) -> None:
    dot: dict[str, Any] = {"linestyle": "", "markersize": 6}
    handles = [Line2D([], [], label=name, **_class_style(i), **dot) for i, name in enumerate(names)]
    if has_errors:
        handles.append(Line2D([], [], marker="o", mfc="none", mec="black", mew=1.4, label="misclassified", **dot))
    is_above = len(handles) <= _MAX_ABOVE
    ax.legend(
        handles=handles,
        loc="lower left" if is_above else "upper left",
        bbox_to_anchor=(0, 1) if is_above else (1, 1),
        ncols=len(handles) if is_above else -(-len(handles) // 16),
        frameon=False,
        handletextpad=0.2,
        columnspacing=1.0,
    )


def _class_style(i: int) -> dict[str, Any]:
    """Return the colour and the marker of class number `i`."""
    return {"color": COLOURS[i % len(COLOURS)], "marker": MARKERS[i % len(MARKERS)]}
