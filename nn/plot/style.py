"""What the pictures have in common: axes, pages, colours, markers, and text that is not mathematics."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

from ..shared import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

Array = np.ndarray[Any, np.dtype[Any]]

# Of Okabe and Ito (2008), for all kinds of colour vision.
BLUE, ORANGE, GREEN, RED = "#0072b2", "#e69f00", "#009e73", "#d55e00"
COLOURS = (BLUE, ORANGE, GREEN, "#cc79a7", "#56b4e9", RED, "#f0e442", "#666666")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")  # 7 and 8 have no common factor: 56 classes differ

_MAX_NAME_LENGTH = 24


class Page(Figure):
    """A figure without a window, which notebooks show where it is the result of a cell."""

    def _repr_png_(self) -> bytes:
        buffer = BytesIO()
        self.savefig(buffer, format="png")
        return buffer.getvalue()


def axes_on(ax: Axes | None, width: float = 6.4, height: float = 4.0) -> Axes:
    """Return `ax`, or where it is None the axes of a new figure of pyplot, `width` by `height` inches large."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(width, height), layout="constrained")[1]


def literal(texts: Iterable[Text]) -> None:
    """Have `texts` drawn as they are: names from outside are no mathematics, whatever dollar signs are in them."""
    for text in texts:
        text.set_parse_math(False)


def short_name(name: object) -> str:
    """Return `name` on one line, cut where it is long.

    >>> short_name("a very long name of one class")
    'a very long name of one…'
    """
    return plain(str(name), _MAX_NAME_LENGTH)
