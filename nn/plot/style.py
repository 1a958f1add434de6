"""The common style of the plots: axes, pages, colours, markers and short names."""

from __future__ import annotations

from io import BytesIO

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..shared import plain

# The palette of Okabe and Ito (2008), which colour-blind readers can tell apart.
BLUE, ORANGE, GREEN, RED = "#0072b2", "#e69f00", "#009e73", "#d55e00"
COLOURS = (BLUE, ORANGE, GREEN, "#cc79a7", "#56b4e9", RED, "#f0e442", "#666666")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")  # 8 colours and 7 markers give 56 distinct pairs

_MAX_NAME_LENGTH = 24


class Page(Figure):
    """A figure without a window, which notebooks display when it is the result of a cell."""

    def _repr_png_(self) -> bytes:
        return png(self)


def png(figure: Figure, dpi: float | None = None) -> bytes:
    """Return the `figure` as a PNG file, by default with its own number of dots per inch."""
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi)
    return buffer.getvalue()


def axes_on(ax: Axes | None, width: float = 6.4, height: float = 4.0) -> Axes:
    """Return `ax`, or if it is None the axes of a new pyplot figure of `width` by `height` inches."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(width, height), layout="constrained")[1]


def short_name(name: object) -> str:
    """Return `name` on one line, truncated if it is long.

    >>> short_name("a very long name of one class")
    'a very long name of one…'
    """
    return plain(str(name), _MAX_NAME_LENGTH)
