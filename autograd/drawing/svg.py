"""Render a picture as SVG with styles for light and dark pages and labels for screen readers."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from html import escape

from autograd.drawing.dot_code import to_dot
from autograd.drawing.graphviz_layout import LayoutError, layout
from autograd.drawing.picture import Picture
from autograd.drawing.text_tree import to_text

_SVG = "{http://www.w3.org/2000/svg}"

# The light colours are attributes of the SVG elements, for programs that ignore styles.
_STYLE = """
.chainrule .node text.title { font-weight: 600; }
.chainrule .node text.grad { font-style: italic; }
@media (prefers-color-scheme: dark) {
  .chainrule > g > polygon { fill: #0d1117; }
  .chainrule text { fill: #e6edf3; }
  .chainrule .node path, .chainrule .node polygon { stroke: #9aa4af; }
  .chainrule .leaf path { fill: #16304f; }
  .chainrule g.node:not(.leaf) polygon { fill: #161b22; }
  .chainrule g.node.group polygon { fill: #2a2440; }
  .chainrule .edge path { stroke: #9aa4af; }
  .chainrule .edge polygon { stroke: #9aa4af; fill: #9aa4af; }
  .chainrule .cluster path { stroke: #6e7781; fill: none; }
  .chainrule .edge.marked path { stroke: #f0883e; }
  .chainrule .edge.marked polygon { stroke: #f0883e; fill: #f0883e; }
}
"""


def to_svg(picture: Picture) -> str:
    """Render a picture as SVG; raise LayoutError if no program can lay it out."""
    svg = ET.fromstring(layout(to_dot(picture), "svg", "dot", [box.id for box in picture.boxes]))  # noqa: S314 - the layout program's own output
    svg.set("class", "chainrule")
    svg.set("role", "img")
    svg.set("font-family", "Arial, Helvetica, sans-serif")
    svg.set("font-size", "11")
    svg.set("style", "max-width: 100%; height: auto")
    svg.set("aria-label", picture.title)
    style = ET.Element("style")
    style.text = _STYLE
    svg.insert(0, style)
    for text in svg.iter(f"{_SVG}text"):  # the root element already has these
        for name in ("font-family", "font-size", "{http://www.w3.org/XML/1998/namespace}space"):
            text.attrib.pop(name, None)
    boxes = {box.id: box for box in picture.boxes}
    for group in svg.iter(f"{_SVG}g"):
        title = group.find(f"{_SVG}title")
        box = boxes.get(group.get("id", ""))
        if box is not None and title is not None:
            title.text = box.hint or box.label
            group.set("aria-label", box.label)
            group.set("role", "img")
            for text, (name, line) in zip(group.iter(f"{_SVG}text"), zip(["title", *box.lines], box.texts)):
                text.set("class", name)
                text.text = line
        elif title is not None:
            group.remove(title)
    ET.register_namespace("", "http://www.w3.org/2000/svg")
    ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    return ET.tostring(svg, encoding="unicode")


def to_figure(picture: Picture, *, numbers: bool = True) -> str:
    """Render a picture as SVG, or as a text tree with the reason if no program can lay it out.

    The tree shows values and gradients if `numbers` is true.
    """
    try:
        return to_svg(picture)
    except LayoutError as error:
        return f"<pre>{escape(to_text(picture, numbers=numbers))}</pre>\n<p>{escape(str(error))}</p>"
