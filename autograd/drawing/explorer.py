"""`explore`: a page that goes through the forward and the backward pass, and lets its reader change the numbers."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Sequence
from functools import cached_property
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from autograd.backpropagation import propagate, topological
from autograd.drawing.drawn_graph import Graph, check_options
from autograd.drawing.figure import to_figure
from autograd.drawing.javascript import UntranslatableError, arithmetic
from autograd.drawing.picture import Box, Picture, picture
from autograd.files import write_file
from autograd.graph import check_node
from autograd.printing.formulas import Names
from autograd.printing.mathml import MathML
from autograd.printing.precedence import ATOM
from autograd.printing.table import Table
from autograd.printing.webpage import html_page
from autograd.terminal import plain, printed
from autograd.value import Value

_MOST_NODES = 300  # that are stepped through one by one


def _asset(name: str) -> str:
    return (files("autograd.drawing") / "page" / name).read_text(encoding="utf-8")


@printed
class Explorer:
    """A page about one graph: a notebook shows it in a frame, `save` writes it to a file that opens offline."""

    def __init__(self, nodes: Sequence[Value], picture: Picture) -> None:
        self.picture = picture
        self._content = _Content(nodes, picture)

    @cached_property
    def _figure(self) -> str:
        return to_figure(self.picture, numbers=False)  # the page changes them, and hides gradients

    def to_html(self) -> str:
        """Return the page: one self-contained HTML document."""
        content = self._content.data()
        script = "\n".join([_asset("python.js"), content.pop("code"), _asset("explorer.js")])
        body = Template(_asset("explorer.html")).substitute(
            figure=self._figure,
            note=escape(self.picture.note),
            table=self._content.table(),
            data=_harmless(json.dumps(content, separators=(",", ":"), allow_nan=False)),
        )
        title = f"Explore {self._content.name_of(self.picture.boxes[-1])}"
        return html_page(title, body, _asset("explorer.css"), script)

    def save(self, path: str | Path) -> Path:
        """Write the page to a file whose name ends in .html, and return its path.

        An error leaves the old file as it was.
        """
        path = Path(path)
        if path.suffix.lower() not in (".html", ".htm"):
            raise ValueError(f"a page is saved in a file that ends in .html, not {path.name!r}")
        write_file(path, self.to_html())
        return path

    def _repr_html_(self) -> str:
        """Return a frame with the page and, for viewers that leave frames out, a picture and the table."""
        title, figure = escape(self.picture.title), self._figure
        if figure.startswith("<svg"):
            image = base64.b64encode(figure.encode()).decode()
            figure = f'<p><img alt="{title}" src="data:image/svg+xml;base64,{image}"></p>'
        return Template(_asset("notebook.html")).substitute(
            page=escape(self.to_html()), title=title, figure=figure, table=self._content.table()
        )

    def __repr__(self) -> str:
        return repr(Graph(self.picture))


def explore(root: Value, *, direction: str = "LR", limit: int = _MOST_NODES) -> Explorer:
    """Make a page that steps through the forward and the backward pass behind `root`, node by node.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> page = explore(a * b + a)
    >>> page.to_html()[:15]
    '<!doctype html>'

    In a notebook the page shows in a frame; `page.save("lesson.html")` writes it as one file that needs no network. Its
    reader can change the numbers of the leaves, and everything is computed again in the page; and can predict gradients
    before they are shown. A graph of more than `limit` nodes is collapsed as by `draw`, and then its numbers are fixed,
    as they are for operations of your own whose Python cannot be translated to JavaScript: the page says so.
    """
    check_node(root, "explore()")
    check_options(direction=direction, limit=limit)
    nodes = topological([root])
    return Explorer(nodes, picture(nodes, set(nodes), limit=limit, direction=direction, roomy=True))


class _Content:
    """What the page is filled with: for every box what it says, computes and sends back."""

    def __init__(self, nodes: Sequence[Value], picture: Picture) -> None:
        self.picture, self.names = picture, Names(nodes)
        self.root = nodes[-1]
        self.gradients = dict(propagate(nodes, {self.root: 1.0}))
        self.place = {node: i for i, box in enumerate(picture.boxes) for node in box.nodes}
        self.ops = list(dict.fromkeys(node.op for node in nodes if node.op))
        for box in picture.boxes:  # the gradients of this one backward pass, whatever the nodes have accumulated
            box.set_numbers("grad", self.gradients.__getitem__)

    def data(self) -> dict[str, Any]:
        """Return what the script of the page reads, and as "code" the arithmetic of the operations."""
        boxes = self.picture.boxes
        code, reason = "", ""
        try:
            if any(box.kind == "group" for box in boxes) or len(boxes) < self.picture.total:
                raise UntranslatableError("Numbers can be changed where every node has a box of its own.")
            code, names = arithmetic(self.ops)
            code += f"\nconst ops = [{', '.join(names[op] for op in self.ops)}];"
        except UntranslatableError as problem:
            code, reason = "const ops = [];", f"The numbers are fixed here: {problem}"
        forward = [["forward", i] for i, box in enumerate(boxes) if box.kind != "leaf"]
        return {
            "boxes": [self._group(box) if box.kind == "group" else self._node(box) for box in boxes],
            "steps": forward + [["backward", i] for i in reversed(range(len(boxes)))],
            "live": not reason,
            "reason": reason,
            "code": code,
        }

    def table(self) -> str:
        """Return the table of values and gradients, as it is without a script."""
        rows = [
            [self.name_of(box), repr(box.nodes[0].data), repr(float(self.gradients[box.nodes[0]]))]
            for box in self.picture.boxes
            if box.kind != "group"
        ]
        return Table([["label", "value", "gradient"], *rows], "Gradients").html()

    def name_of(self, box: Box) -> str:
        """Return what a box is called."""
        return box.title if box.kind == "group" else plain(self.names[box.nodes[0]])

    def _start(self, box: Box) -> dict[str, Any]:
        name = self.name_of(box)
        return {"id": box.id, "name": name, "kind": box.kind, "math": MathML.name(name).inside(ATOM)}

    def _group(self, box: Box) -> dict[str, Any]:
        holds = ", ".join(f"{name} {number}" for name, number in box.lines.items() if name != "grad")
        content = {"group": True, "holds": holds, "grads": box.lines["grad"]}
        return self._start(box) | content | {"sends": self._connections(box.nodes, box)}

    def _node(self, box: Box) -> dict[str, Any]:
        node = box.nodes[0]
        content = self._start(box) | {
            "value": _number(node.data),
            "grad": _number(self.gradients[node]),
            "sends": self._sends(node) + self._connections([node], box),
        }
        if node.op is None:
            return content
        return content | {
            "op": self.ops.index(node.op),
            "variadic": node.op.variadic,
            "chooses": node.op.chooses,
            "inputs": [[self.place[x]] if x in self.place else _number(float(x)) for x in node.inputs],
            "partials": [_number(d) for d in node.partials],
            "formula": self.names.definition(node, MathML),
        }

    def _sends(self, node: Value) -> list[dict[str, Any]]:
        """Return what a node sends to inputs that are drawn one by one."""
        return [
            {
                "to": self.place[x],
                "slot": slot,
                "formula": None if formula.is_number else formula.code,
            }
            for slot, (x, formula) in enumerate(zip(node.inputs, self.names.partials(node, MathML)))
            if isinstance(x, Value) and self._is_alone(x)
        ]

    def _connections(self, nodes: Sequence[Value], box: Box) -> list[dict[str, Any]]:
        """Return what `nodes` send to other boxes, where one end or the other stands for many nodes."""
        found: dict[int, dict[str, Any]] = {}
        for node in nodes:
            for x, d in zip(node.inputs, node.partials):
                if not isinstance(x, Value) or self.place.get(x, self.place[node]) == self.place[node]:
                    continue
                alone = self._is_alone(x)
                if alone and box.kind != "group":
                    continue
                start = {"to": self.place[x], "count": 0, "contribution": 0.0 if alone else None}
                sent = found.setdefault(self.place[x], start)
                sent["count"] += 1
                if alone:
                    sent["contribution"] += self.gradients[node] * d
        return [sent | {"contribution": _number(sent["contribution"])} for sent in found.values()]

    def _is_alone(self, node: Value) -> bool:
        return node in self.place and self.picture.boxes[self.place[node]].kind != "group"


def _number(x: float | None) -> Any:
    """Return a number as JSON has it, which knows no infinity."""
    if x is None or math.isfinite(x):
        return x
    return {"number": "NaN" if x != x else "Infinity" if x > 0 else "-Infinity"}


def _harmless(text: str) -> str:
    """Return JSON in which nothing can end the element that it stands in."""
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
