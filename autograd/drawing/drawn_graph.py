"""Draw the computation graph of a node for notebooks, terminals and files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from autograd.backpropagation import topological
from autograd.drawing.dot_code import to_dot
from autograd.drawing.graphviz_layout import LayoutError, layout
from autograd.drawing.mermaid import to_mermaid
from autograd.drawing.picture import Number, Picture, build_picture
from autograd.drawing.svg import to_figure, to_svg
from autograd.drawing.text_tree import to_text
from autograd.files import write_file
from autograd.graph import check_node, dependents, edges_of
from autograd.printing.webpage import html_page
from autograd.terminal import printed
from autograd.value import Value


@printed
class Graph:
    """A drawn computation graph. A notebook shows it as SVG, a terminal as a tree of text.

    It shows the numbers at the time of drawing. `picture` holds its boxes and edges as data.
    """

    def __init__(self, picture: Picture) -> None:
        self.picture = picture

    def to_dot(self) -> str:
        """Return the graph as DOT, the language of Graphviz."""
        return to_dot(self.picture)

    def to_mermaid(self) -> str:
        """Return the graph as Mermaid, a diagram language for Markdown pages."""
        return to_mermaid(self.picture)

    def to_svg(self) -> str:
        """Return the graph as SVG; raise LayoutError if no program can lay it out."""
        return to_svg(self.picture)

    def to_png(self) -> bytes:
        """Return the graph as PNG; raise LayoutError if no program can lay it out."""
        return layout(self.to_dot(), "png")

    def to_html(self) -> str:
        """Return the graph as an HTML page: SVG, or text if no program can lay it out."""
        return html_page(self.picture.title, to_figure(self.picture), "svg { max-width: 100%; height: auto; }")

    def to_text(self) -> str:
        """Return the graph as a tree of text. A node that is used several times is expanded once."""
        return to_text(self.picture)

    def save(self, path: str | Path) -> Path:
        """Write the graph to a file and return its path. The extension selects the format.

        Formats are .svg, .png, .html, .dot, .mmd (Mermaid) and .txt. If an error occurs, an existing file is unchanged.
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
            raise ValueError(f"the extension of a graph file must be one of {', '.join(writers)}; got {path.name!r}")
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
    """Draw the computation graph of `root`.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> L = a * b + a
    >>> L.backward()
    >>> draw(L)
    v2 = v1 + a  data -4  grad 1
    ├─ v1 = a·b  data -6  grad 1
    │  ├─ a  data 2  grad -2
    │  └─ b  data -3  grad 2
    └─ a

    Each box shows the name of a node, the expression that computes it, and its numbers. `Graph.save` writes files.

    - `direction`: "LR" (left to right), "RL", "TB" (top to bottom) or "BT".
    - `show`: the numbers to show, any of "data" and "grad", with `digits` significant digits.
    - `around`: draw only the ancestors and descendants of this node, at most `radius` edges away (default 2). If only
      `radius` is given, the node is the root.
    - `highlight`: a node to mark with all its paths to the root, or a list of nodes to mark with the edges between
      them, such as the `nodes` of a path from `derive`.
    - `depth`: how many levels of scopes to draw as frames; each deeper scope becomes one box. The layers and neurons of
      `nn` are scopes, and `with scope(name):` makes others.
    - `limit`: a graph of more nodes is collapsed. Scopes become boxes, then groups of similar nodes do; if there are
      still too many, only the boxes nearest to the root are drawn. A note gives the number of nodes.
    """
    check_node(root, "root")
    check_options(direction, show, digits=digits, radius=radius, depth=depth, limit=limit)
    nodes = topological([root])
    visible: Collection[Value] = set(nodes)
    if around is not None or radius is not None:
        center = root if around is None else around
        check_node(center, "around")
        if center not in visible:
            raise ValueError(f"around must be a node in the graph of {root!r}, got {center!r}")
        visible = neighbourhood(nodes, center, 2 if radius is None else radius)
    marked = _marked(nodes, highlight)
    focus = {node for pair in marked for node in pair} | ({around} if around is not None else set())
    options: dict[str, Any] = {"limit": limit, "depth": depth, "show": show, "digits": digits, "direction": direction}
    return Graph(build_picture(nodes, visible, marked=marked, focus=focus, **options))


def neighbourhood(nodes: Sequence[Value], center: Value, radius: int) -> set[Value]:
    """Return `center` and its ancestors and descendants among the `nodes`, at most `radius` edges away."""
    readers: dict[Value, list[Value]] = {}
    for x, node in edges_of(nodes):
        readers.setdefault(x, []).append(node)
    found = {center}
    before = after = {center}
    for _ in range(radius):
        before = {x for x, _ in edges_of(before)}
        after = {reader for node in after for reader in readers.get(node, ())}
        found |= before | after
    return found


def _marked(nodes: Sequence[Value], highlight: Value | Iterable[Value]) -> set[tuple[Value, Value]]:
    """Return the edges to highlight, as pairs of an input and a node that uses it."""
    if isinstance(highlight, Value):
        chosen = dependents(nodes, highlight)
    else:
        chosen = set(highlight) if isinstance(highlight, Iterable) else {highlight}
    for stranger in chosen.difference(nodes):
        check_node(stranger, "each node in highlight")
        raise ValueError(f"highlight must contain nodes of the graph, got {stranger!r}")
    return {(x, node) for x, node in edges_of(chosen) if x in chosen}


def check_options(direction: str, show: Sequence[str] = (), **integers: int | None) -> None:
    """Raise ValueError if an option of a picture is invalid; `integers` are the options that must be integers."""
    if direction not in ("LR", "RL", "TB", "BT"):
        raise ValueError(f'direction must be "LR", "RL", "TB" or "BT", got {direction!r}')
    if isinstance(show, str) or not isinstance(show, Sequence) or not set(show) <= {"data", "grad"}:
        raise ValueError(f'show must be a list of "data" and "grad", or empty, got {show!r}')
    for name, number in integers.items():
        smallest = 0 if name in ("radius", "depth") else 1
        if number is not None and (isinstance(number, bool) or not isinstance(number, int) or number < smallest):
            raise ValueError(f"{name} must be an integer of at least {smallest}, got {number!r}")
