"""`draw`: the computation graph behind a node, as a picture for notebooks, terminals, files and pages."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from autograd.backpropagation import topological
from autograd.drawing.dot_code import to_dot
from autograd.drawing.figure import to_figure
from autograd.drawing.graphviz_layout import LayoutError, layout
from autograd.drawing.mermaid import to_mermaid
from autograd.drawing.picture import Number, Picture, picture
from autograd.drawing.svg import to_svg
from autograd.drawing.tree import to_text
from autograd.files import write_file
from autograd.graph import check_node
from autograd.printing.webpage import html_page
from autograd.terminal import printed
from autograd.value import Value


@printed
class Graph:
    """A drawn computation graph. A notebook shows it as SVG, a terminal as a tree of text.

    The numbers are those at the time of drawing. `picture` holds what is drawn: boxes, edges, clusters.
    """

    def __init__(self, picture: Picture) -> None:
        self.picture = picture

    def to_dot(self) -> str:
        """Return the graph as DOT, the language of Graphviz."""
        return to_dot(self.picture)

    def to_mermaid(self) -> str:
        """Return the graph as Mermaid, which Markdown pages of many sites draw."""
        return to_mermaid(self.picture)

    def to_svg(self) -> str:
        """Return the graph as SVG; a LayoutError says what is wrong where no program can lay it out."""
        return to_svg(self.picture)

    def to_png(self) -> bytes:
        """Return the graph as PNG; a LayoutError says what is wrong where no program can lay it out."""
        return layout(self.to_dot(), "png")

    def to_html(self) -> str:
        """Return the graph as a page of its own: as SVG or, where no program can lay it out, as text."""
        return html_page(self.picture.title, to_figure(self.picture), "svg { max-width: 100%; height: auto; }")

    def to_text(self) -> str:
        """Return the graph as a tree of text, in which a node that is read more than once is shown once."""
        return to_text(self.picture)

    def save(self, path: str | Path) -> Path:
        """Write the graph to a file, in the format that its name ends in: svg, png, html, dot, mmd or txt.

        An error leaves the old file as it was.
        """
        writers: dict[str, Callable[[], str | bytes]] = {
            ".svg": self.to_svg,
            ".png": self.to_png,
            ".html": self.to_html,
            ".dot": self.to_dot,
            ".mmd": self.to_mermaid,
            ".txt": self.to_text,
        }
        path = Path(path)
        write = writers.get(path.suffix.lower())
        if write is None:
            raise ValueError(f"a graph is saved in a file that ends in {', '.join(writers)}, not {path.name!r}")
        write_file(path, write())
        return path

    def __repr__(self) -> str:
        return self.to_text()

    def _repr_mimebundle_(self, *_: Any, **__: Any) -> dict[str, str]:
        try:
            return {"image/svg+xml": self.to_svg(), "text/plain": self.to_text()}
        except LayoutError as error:
            return {"text/plain": f"{self.to_text()}\n\n({error})"}


def draw(
    root: Value,
    *,
    direction: str = "LR",
    show: Sequence[Number] = ("data", "grad"),
    digits: int = 4,
    around: Value | None = None,
    radius: int | None = None,
    depth: int | None = None,
    highlight: Value | Iterable[Value] = (),
    limit: int = 80,
) -> Graph:
    """Draw the computation graph behind `root`.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> L = a * b + a
    >>> L.backward()
    >>> draw(L)
    v2 = v1 + a  data -4  grad 1
    ├─ v1 = a·b  data -6  grad 1
    │  ├─ a  data 2  grad -2
    │  └─ b  data -3  grad 2
    └─ a

    A box says what a node is called, how it is made, and the numbers to `show`, with so many significant `digits`.
    `direction` is "LR" (left to right), "RL", "TB" (top to bottom) or "BT". A node to `highlight` is drawn with all its
    paths to the root; a list of nodes, such as a path of `derive`, with the edges between them. `around` a node, only
    what it is made of and what is made of it is drawn, up to `radius` edges away (2 if not given; a radius alone is
    around the root).

    Nodes made in a `scope`, and the neurons and layers of `nn`, are framed together; `depth` is how many levels of
    scopes are opened, and what is deeper is one box each. Of a graph of more than `limit` nodes, scopes become boxes by
    themselves, nodes that are alike another, and if that is not enough, only the boxes nearest to the root are drawn; a
    note says so. `Graph.save` writes files.
    """
    check_node(root, "draw()")
    check_options(direction, show, digits=digits, radius=radius, depth=depth, limit=limit)
    nodes = topological([root])
    visible: Collection[Value] = set(nodes)
    if around is not None or radius is not None:
        check_node(root if around is None else around, "around=... of draw()")
        if around is not None and around not in visible:
            raise ValueError(f"around={around!r} is not in the graph of {root!r}")
        visible = neighbourhood(nodes, root if around is None else around, 2 if radius is None else radius)
    marked = _marked(nodes, highlight)
    focus = {node for pair in marked for node in pair} | ({around} if around is not None else set())
    return Graph(
        picture(
            nodes,
            visible,
            limit=limit,
            depth=depth,
            show=show,
            digits=digits,
            marked=marked,
            focus=focus,
            direction=direction,
        )
    )


def neighbourhood(nodes: Sequence[Value], center: Value, radius: int) -> set[Value]:
    """Return those of the `nodes` that `center` is made of, and that are made of it, within `radius` edges."""
    readers: dict[Value, list[Value]] = {}
    for node in nodes:
        for x in node.inputs:
            if isinstance(x, Value):
                readers.setdefault(x, []).append(node)
    found = {center}
    before = after = {center}
    for _ in range(radius):
        before = {x for node in before for x in node.inputs if isinstance(x, Value)}
        after = {reader for node in after for reader in readers.get(node, ())}
        found |= before | after
    return found


def _marked(nodes: Sequence[Value], highlight: Value | Iterable[Value]) -> set[tuple[Value, Value]]:
    """Return the edges, as pairs of an input and what reads it, that `highlight` asks for."""
    if isinstance(highlight, Value):
        onward = {highlight}
        for node in nodes:
            if any(isinstance(x, Value) and x in onward for x in node.inputs):
                onward.add(node)
    else:
        onward = set(highlight) if isinstance(highlight, Iterable) else {highlight}
    for stranger in onward.difference(nodes):
        check_node(stranger, "highlight=... of draw()")
        raise ValueError(f"{stranger!r}, which is to be highlighted, is not in the graph")
    return {(x, node) for node in onward for x in node.inputs if isinstance(x, Value) and x in onward}


def check_options(direction: str, show: Sequence[str] = (), **least: int | None) -> None:
    """Raise a ValueError where an option of a picture makes no sense; `least` are those that are whole numbers."""
    if direction not in ("LR", "RL", "TB", "BT"):
        raise ValueError(f'direction is "LR", "RL", "TB" or "BT", not {direction!r}')
    if isinstance(show, str) or not isinstance(show, Sequence) or not set(show) <= {"data", "grad"}:
        raise ValueError(f'show is a list of "data" and "grad", or empty, not {show!r}')
    for name, number in least.items():
        smallest = 0 if name in ("radius", "depth") else 1
        if number is not None and (isinstance(number, bool) or not isinstance(number, int) or number < smallest):
            raise ValueError(f"{name} is a whole number of at least {smallest}, not {number!r}")
