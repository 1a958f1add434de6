"""Plot grids of small images: the weights of neurons, and misclassified samples."""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from ..layers import Layer, Neuron
from .style import Array, Page, axes_on, short_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage

_MAX_NUMBERED = 64  # images; with more, they are too small for text


def weights_as_images(
    model: Any, shape: tuple[int, int] | None = None, *, columns: int | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the weights of each neuron in the first layer of `model` as an image: the pattern it responds to.

    `model` is an MLP, a Layer or a Neuron. All images share one colour scale, on which 0 is white. `shape` is
    (rows, columns) of an image, by default a square; `columns` is the number of images in a row.

    >>> import random
    >>> from matplotlib.figure import Figure
    >>> ax = weights_as_images(Layer(64, 5, rng=random.Random(0)), columns=3, ax=Figure().subplots())
    >>> [text.get_text() for text in ax.texts]
    ['0', '1', '2', '3', '4']
    """
    weights = np.array([[w.data for w in neuron.w] for neuron in _neurons(model)])
    images = _images(weights, shape)
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
    """Return a figure of the images in `X` whose `predicted` class differs from their label in `Y`.

    `predicted` is the result of `nn.predict(model, X)`. An image in `X` is a list of pixels, row by row; `shape` is its
    (rows, columns), by default a square. The label and the prediction are written above each image. The figure shows
    the first `most` misclassified images, `columns` in a row. The default `title` is their count.

    >>> page = misclassified([[0.0] * 64, [1.0] * 64], Y=[3, 5], predicted=[3, 8])
    >>> page.get_suptitle(), [text.get_text() for text in page.axes[0].texts]
    ('1 of 2 misclassified', ['5 as 8'])
    """
    if not len(X) == len(Y) == len(predicted):
        raise ValueError(f"X, Y and predicted must have equal lengths, got {len(X)}, {len(Y)} and {len(predicted)}")
    wrong = [i for i, (label, guess) in enumerate(zip(Y, predicted)) if label != guess]
    shown = wrong[:most]
    rows = max(1, -(-len(shown) // columns))
    page = Page(figsize=(1.15 * columns, 1.35 * rows + 0.6), layout="constrained")
    title = f"{len(wrong)} of {len(X)} misclassified" if title is None else title
    page.suptitle(title if len(wrong) <= most else f"{title} (the first {most})", parse_math=False)
    ax = page.subplots()
    if not shown:
        ax.axis("off")
        return page
    images = _images([X[i] for i in shown], shape)
    names = [f"{short_name(Y[i])} as {short_name(predicted[i])}" for i in shown]
    _draw(ax, images, columns, names, cmap="gray_r")
    return page


def _draw(ax: Axes, images: Any, columns: int, names: Sequence[str], **options: Any) -> AxesImage:
    """Draw `images` of shape (count, rows, columns) as one mosaic, with `names` above them."""
    count, height, width = images.shape
    beside = max(1, width // 8)
    above = max(1, round(0.3 * height)) if names else beside
    rows = -(-count // columns)
    mosaic = np.full((rows * (height + above), columns * (width + beside)), np.nan)
    for i, image in enumerate(images):
        top, left = i // columns * (height + above) + above, i % columns * (width + beside)
        mosaic[top : top + height, left : left + width] = image
        if names:
            x, y = left + width / 2 - 0.5, top - 0.6
            ax.text(x, y, names[i], ha="center", va="bottom", fontsize=8, parse_math=False)
    ax.axis("off")
    return ax.imshow(mosaic[:, :-beside], **options)


def _neurons(model: Any) -> Sequence[Neuron]:
    if isinstance(model, Neuron):
        return [model]
    first = model.layers[0] if getattr(model, "layers", None) else model
    if not isinstance(first, Layer):
        raise TypeError(f"model must be an MLP, a Layer or a Neuron of nn, got {type(model).__name__}")
    return first.neurons


def _images(rows: Any, shape: tuple[int, int] | None) -> Array:
    """Return rows of pixels as an array of images of a `shape`, by default a square."""
    pixels = np.array(rows, float).reshape(len(rows), -1)
    n = pixels.shape[1]
    side = isqrt(n)
    if shape is None and side * side != n:
        raise ValueError(f"images must be square or have a shape, got {n} numbers each: give shape=(rows, columns)")
    height, width = shape or (side, side)
    if height * width != n:
        raise ValueError(f"shape must be (rows, columns) of {n} numbers, got {shape}")
    return pixels.reshape(-1, height, width)
