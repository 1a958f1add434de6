"""Pages of small images: the weights of neurons, and samples that were misclassified."""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from ..layers import Layer, Neuron
from .style import Array, Page, axes_on, literal, short_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage

_MAX_NUMBERED = 64  # images; more of them are too small for text


def weights_as_images(
    model: Any, shape: tuple[int, int] | None = None, *, columns: int | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the weights of each neuron in the first layer of `model` as an image: what that neuron looks for.

    `model` is an MLP, a layer or a neuron of `nn`. All images have one scale, on which 0 is white. `shape` is
    (rows, columns) of an image, by default a square. `columns` is the number of images in a row.

    >>> import random
    >>> from matplotlib.figure import Figure
    >>> ax = weights_as_images(Layer(64, 5, rng=random.Random(0)), columns=3, ax=Figure().subplots())
    >>> [text.get_text() for text in ax.texts]
    ['0', '1', '2', '3', '4']
    """
    weights = np.array([[w.data for w in neuron.w] for neuron in _neurons(model)])
    images = weights.reshape(-1, *_shape(weights.shape[1], shape))
    columns = columns or min(len(images), max(8, isqrt(len(images))))
    rows = -(-len(images) // columns)
    ax = axes_on(ax, 0.75 * columns + 1.4, max(0.85 * rows + 0.4, 2.0))
    largest = np.abs(weights[np.isfinite(weights)]).max(initial=0.0) or 1.0
    names = [str(i) for i in range(len(images))] if len(images) <= _MAX_NUMBERED else []
    mosaic = _draw(ax, images, columns, names, cmap="RdBu_r", vmin=-largest, vmax=largest)
    ax.figure.colorbar(mosaic, ax=ax, label="weight", shrink=0.8)
    return ax


def misclassified(
    X: Any,
    Y: Sequence[Any] | Array,
    predicted: Sequence[Any] | Array,
    *,
    title: str | None = None,
    columns: int = 8,
    most: int = 40,
    shape: tuple[int, int] | None = None,
) -> Page:
    """Return a page of the images in `X` whose labels in `Y` differ from the `predicted` ones, both written above them.

    `predicted` is what `nn.predict(model, X)` returns. An image in `X` is a list of numbers, row by row; `shape` is its
    (rows, columns), by default a square. The page shows the first `most` misclassified images, `columns` in a row, and
    is a matplotlib figure. By default its `title` is their count.

    >>> page = misclassified([[0.0] * 64, [1.0] * 64], Y=[3, 5], predicted=[3, 8])
    >>> page.get_suptitle(), [text.get_text() for text in page.axes[0].texts]
    ('1 of 2 misclassified', ['5 as 8'])
    """
    if not len(X) == len(Y) == len(predicted):
        raise ValueError(
            f"X has {len(X)} images, Y has {len(Y)} labels, and {len(predicted)} were predicted: give as many of each"
        )
    wrong = [i for i, (label, seen) in enumerate(zip(Y, predicted)) if label != seen]
    shown = wrong[:most]
    rows = max(1, -(-len(shown) // columns))
    page = Page(figsize=(1.15 * columns, 1.35 * rows + 0.6), layout="constrained")
    title = f"{len(wrong)} of {len(X)} misclassified" if title is None else title
    literal([page.suptitle(title if len(wrong) <= most else f"{title} (the first {most})")])
    ax = page.subplots()
    if not shown:
        ax.axis("off")
        return page
    images = np.array([X[i] for i in shown], float)
    images = images.reshape(len(shown), *_shape(images[0].size, shape))
    names = [f"{short_name(Y[i])} as {short_name(predicted[i])}" for i in shown]
    _draw(ax, images, columns, names, cmap="gray_r")
    return page


def _draw(ax: Axes, images: Any, columns: int, names: Sequence[str], **options: Any) -> AxesImage:
    """Draw `images`, an array of shape (count, rows, columns), side by side as one, with `names` above them."""
    count, height, width = images.shape
    beside = max(1, width // 8)
    above = max(1, round(0.3 * height)) if names else beside
    rows = -(-count // columns)
    mosaic = np.full((rows * (height + above), columns * (width + beside)), np.nan)
    for i, image in enumerate(images):
        top, left = i // columns * (height + above) + above, i % columns * (width + beside)
        mosaic[top : top + height, left : left + width] = image
        if names:
            ax.text(left + width / 2 - 0.5, top - 0.6, names[i], ha="center", va="bottom", fontsize=8)
    literal(ax.texts)
    ax.axis("off")
    return ax.imshow(mosaic[:, :-beside], **options)


def _neurons(model: Any) -> Sequence[Neuron]:
    if isinstance(model, Neuron):
        return [model]
    first = model.layers[0] if getattr(model, "layers", None) else model
    if not isinstance(first, Layer):
        raise TypeError(f"weights are drawn of an MLP, a Layer or a Neuron of nn, not of {type(model).__name__}")
    return first.neurons


def _shape(pixels: int, shape: tuple[int, int] | None) -> tuple[int, int]:
    """Return the `shape` of an image of so many `pixels`, or where it is None that of a square."""
    rows, columns = shape or (isqrt(pixels), isqrt(pixels))
    if rows * columns != pixels:
        given = f"shape is {shape}" if shape else f"{pixels} is no square"
        raise ValueError(f"an image of {pixels} numbers needs a shape (rows, columns) of as many: {given}")
    return rows, columns
