"""A picture as a part of a page: SVG or, where no program can lay it out, text."""

from __future__ import annotations

from html import escape

from autograd.drawing.graphviz_layout import LayoutError
from autograd.drawing.picture import Picture
from autograd.drawing.svg import to_svg
from autograd.drawing.tree import to_text


def to_figure(picture: Picture, *, numbers: bool = True) -> str:
    """Return the SVG of a picture; without a layout, the tree of text, with its `numbers` or not, and the reason."""
    try:
        return to_svg(picture)
    except LayoutError as error:
        return f"<pre>{escape(to_text(picture, numbers=numbers))}</pre>\n<p>{escape(str(error))}</p>"
