"""Write a picture as DOT, the language of Graphviz."""

from __future__ import annotations

import graphviz

from autograd.drawing.picture import Box, Picture
from autograd.terminal import plain

# A recurrence uses its weights at every step, and the many long edges of its graph take minutes to lay out. Large
# graphs therefore have straight edges, and Graphviz spends less effort on their crossings and lengths.
LARGE = 100
LESS_EFFORT = {"splines": "line", "mclimit": "0.1", "nslimit": "1", "nslimit1": "1"}

MAX_LABELED = 30  # number of edges; in a larger picture, labels would push the boxes apart
_WIDTH = 10  # characters for a number in a wide box

_FONT = "Arial"  # a font whose widths Graphviz knows
FILL = {"leaf": "#e3edfd", "node": "#ffffff", "group": "#f0ecf9"}
_STYLE = {"leaf": "rounded,filled", "node": "filled", "group": "filled"}


def to_dot(picture: Picture) -> str:
    """Return the DOT text of a picture."""
    graph = graphviz.Digraph(
        graph_attr={
            "rankdir": picture.direction,
            "fontname": _FONT,
            "fontsize": "11",
            "bgcolor": "#ffffff",
            "pad": "0.1",
        },
        node_attr={"shape": "box", "fontname": _FONT, "fontsize": "11", "margin": "0.13,0.07", "color": "#57606a"},
        edge_attr={"color": "#57606a", "arrowsize": "0.7", "fontname": _FONT, "fontsize": "11"},
    )
    if picture.note and not picture.is_wide:
        graph.attr(label=escaped(picture.note), labelloc="b", labeljust="l")
    if len(picture.boxes) > LARGE:
        graph.attr(**LESS_EFFORT)
    _add_cluster(graph, picture, (), [0])
    for box in picture.cut:
        graph.node(f"{box.id}cut", label="…", shape="plaintext", **{"class": "cut"})
        graph.edge(f"{box.id}cut", box.id, style="dashed", **{"class": "cut"})
    for edge in picture.edges:
        options = {"penwidth": "3", "color": "#b35900", "class": "marked"} if edge.marked else {}
        options |= {"label": f"{edge.count:,}×"} if edge.count > 1 and len(picture.edges) <= MAX_LABELED else {}
        graph.edge(edge.source.id, edge.target.id, id=f"{edge.source.id}-{edge.target.id}", **options)
    return str(graph.source)


def _add_cluster(graph: graphviz.Digraph, picture: Picture, scope: tuple[str, ...], count: list[int]) -> None:
    """Add the boxes of one scope, and its inner scopes as clusters. `count` holds the number of clusters so far."""
    for box in picture.boxes:
        if box.scope == scope:
            _add_box(graph, box, _WIDTH if picture.is_wide else 0)
    for part in picture.scopes_in(scope):
        count[0] += 1
        with graph.subgraph(name=f"cluster{count[0]}") as cluster:
            cluster.attr(label=escaped(plain(part[-1])), style="rounded", color="#8c959f", labelloc="t", margin="10")
            _add_cluster(cluster, picture, part, count)


def _add_box(graph: graphviz.Digraph, box: Box, width: int) -> None:
    lines = [box.title, *(f"{name} {number.ljust(width, '0')}" for name, number in box.lines.items())]
    graph.node(
        box.id,
        label="".join(f"{escaped(line)}\\l" for line in lines),
        id=box.id,
        style=_STYLE[box.kind],
        fillcolor=FILL[box.kind],
        penwidth="3" if box.marked else "2" if box.kind == "group" else "1",
        **{"class": f"{box.kind} marked" if box.marked else box.kind},
    )


def escaped(text: str) -> str:
    """Escape `text` so that a label shows it unchanged: no escape sequences, entities or HTML."""
    shown: str = graphviz.nohtml(graphviz.escape(text.replace("&", "&amp;")))
    return shown
