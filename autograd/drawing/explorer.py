"""Make an interactive page that steps through the forward and the backward pass."""

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
from autograd.drawing.javascript import UntranslatableError, arithmetic
from autograd.drawing.lesson import Lesson, chosen
from autograd.drawing.picture import Box, Picture, build_picture
from autograd.drawing.svg import to_figure
from autograd.files import write_file
from autograd.graph import check_node
from autograd.printing.formulas import Names
from autograd.printing.mathml import MathML
from autograd.printing.precedence import ATOM
from autograd.printing.table import Table
from autograd.printing.text import Text
from autograd.printing.webpage import html_page
from autograd.terminal import plain, printed
from autograd.value import Value

MAX_NODES = 300  # number of nodes to step through one by one


def _asset(name: str) -> str:
    return (files("autograd.drawing") / "page" / name).read_text(encoding="utf-8")


def _script(name: str) -> str:
    """Return a script without indentation and lines of comments, which keeps pages small."""
    lines = map(str.strip, _asset(name).splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


@printed
class Explorer:
    """An interactive page about one graph. A notebook shows it in a frame; `save` writes it to a file."""

    def __init__(self, nodes: Sequence[Value], picture: Picture, lesson: Lesson | None = None) -> None:
        self.picture, self.lesson = picture, lesson
        self._content = _Content(nodes, picture)

    @cached_property
    def _figure(self) -> str:
        return to_figure(self.picture, numbers=False)  # the page may change or hide them

    def to_html(self) -> str:
        """Return the page as one self-contained HTML document."""
        content = self._content.data()
        scripts = [_script("python.js"), content.pop("code"), _script("slips.js"), _script("explorer.js")]
        scripts += [_script("lesson.js")] if self.lesson else []
        body = Template(_asset("explorer.html")).substitute(
            figure=self._figure,
            note=escape(self.picture.note),
            table=self._content.table(has_gradients=self.lesson is None),
            data=_harmless(json.dumps(content, separators=(",", ":"), allow_nan=False)),
            lesson=self._lesson(),
        )
        title = f"Explore {self._content.name_of(self.picture.boxes[-1])}"
        if self.lesson and self.lesson.title:
            title = self.lesson.title
        return html_page(title, body, _asset("explorer.css"), "\n".join(scripts))

    def _lesson(self) -> str:
        """Return the task of a lesson, with the names of the asked nodes by the index of their box."""
        if self.lesson is None:
            return ""
        asked = {self._content.place[node]: name for node, name in self.lesson.asked.items()}
        data = _harmless(json.dumps({"asked": asked}))
        return f'{self.lesson.html()}\n<script type="application/json" id="lesson-data">{data}</script>'

    def save(self, path: str | Path) -> Path:
        """Write the page to a file with the extension .html and return its path.

        If an error occurs, an existing file is unchanged.
        """
        path = Path(path)
        if path.suffix.lower() not in (".html", ".htm"):
            raise ValueError(f"the extension of a page must be .html, got {path.name!r}")
        write_file(path, self.to_html())
        return path

    def _repr_html_(self) -> str:
        """Return a frame with the page, and a picture and a table for viewers that drop frames."""
        title, figure = escape(self.picture.title), self._figure
        if figure.startswith("<svg"):
            image = base64.b64encode(figure.encode()).decode()
            figure = f'<p><img alt="{title}" src="data:image/svg+xml;base64,{image}"></p>'
        return Template(_asset("notebook.html")).substitute(
            page=escape(self.to_html()),
            title=title,
            figure=figure,
            table=self._content.table(has_gradients=self.lesson is None),
        )

    def __repr__(self) -> str:
        return repr(Graph(self.picture))


def explore(
    root: Value,
    *,
    title: str = "",
    text: str = "",
    ask: Sequence[Value | str] | None = None,
    direction: str = "LR",
    limit: int = MAX_NODES,
) -> Explorer:
    """Make a page that steps through the forward and the backward pass of `root`, node by node.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> page = explore(a * b + a)
    >>> page.to_html()[:15]
    '<!doctype html>'

    A notebook shows the page in a frame; `page.save("lesson.html")` writes it as one file that works offline. Readers
    can change the values of the leaves, and predict each gradient before it is shown. `direction` is that of `draw`.

    With a `title`, a `text` or a list of nodes or names to `ask` for, the page is a lesson: it shows the task, hides
    the gradients, counts the first answers that are right, and shows a code to hand in, which contains the answers.
    `chainrule mark` marks it with the key of the `exercise` with the same arguments.

    A graph of more than `limit` nodes is collapsed as by `draw`. Its values cannot be changed in the page, and neither
    can those of your own operations if their Python code cannot be translated to JavaScript; the page then says why.
    """
    check_node(root, "root")
    check_options(direction=direction, limit=limit)
    nodes = topological([root])
    picture = build_picture(nodes, set(nodes), limit=limit, direction=direction, is_wide=True)
    if not (title or text or ask is not None):
        return Explorer(nodes, picture)
    if len(picture.boxes) < len(nodes):
        raise ValueError(f"a lesson must have at most {limit} nodes, got {len(nodes):,}")
    return Explorer(nodes, picture, Lesson(title, text, chosen(ask, Names(nodes).of, root)))


class _Content:
    """The data of the page: the text of each box, its operation, and its contributions in the backward pass."""

    def __init__(self, nodes: Sequence[Value], picture: Picture) -> None:
        self.picture, self.names = picture, Names(nodes)
        self.nodes, self.root = nodes, nodes[-1]
        self.gradients = dict(propagate(nodes, {self.root: 1.0}))
        self.place = {node: i for i, box in enumerate(picture.boxes) for node in box.nodes}
        self.ops = list(dict.fromkeys(node.op for node in nodes if node.op))
        for box in picture.boxes:  # gradients of one backward pass, whatever `grad` holds
            box.set_numbers("grad", self.gradients.__getitem__)

    def data(self) -> dict[str, Any]:
        """Return the data for the script of the page, with the translated operations as "code"."""
        from autograd.drawing.slip_facts import facts_of, margins_of

        self.margins = margins_of(self.nodes)
        boxes = self.picture.boxes
        code, reason = "", ""
        try:
            if any(box.kind == "group" for box in boxes) or len(boxes) < self.picture.total:
                raise UntranslatableError("some nodes do not have a box of their own.")
            code, names = arithmetic(self.ops, slips=True)
            code += f"\nconst ops = [{', '.join(names[op] for op in self.ops)}];"
        except UntranslatableError as error:
            code, reason = "const ops = [];", f"The numbers cannot be changed: {error}"
        forward = [["forward", i] for i, box in enumerate(boxes) if box.kind != "leaf"]
        return {
            "boxes": [self._group(box) if box.kind == "group" else self._node(box) for box in boxes],
            "steps": forward + [["backward", i] for i in reversed(range(len(boxes)))],
            "live": not reason,
            "reason": reason,
            "code": code,
            "slips": facts_of(self.ops, self.nodes),
        }

    def table(self, has_gradients: bool = True) -> str:
        """Return the table of values and gradients that is shown without JavaScript; a lesson hides the gradients."""
        rows = [
            [self.name_of(box), repr(box.nodes[0].data), repr(float(self.gradients[box.nodes[0]])) * has_gradients]
            for box in self.picture.boxes
            if box.kind != "group"
        ]
        return Table([["label", "value", "gradient"], *rows], "Gradients").html()

    def name_of(self, box: Box) -> str:
        """Return the name of a box."""
        return box.title if box.kind == "group" else plain(self.names[box.nodes[0]])

    def _start(self, box: Box) -> dict[str, Any]:
        name = self.name_of(box)
        symbol = Text.name(name).inside(ATOM)
        start = {"id": box.id, "name": name, "kind": box.kind, "math": MathML.name(name).inside(ATOM)}
        return start if symbol == name else start | {"symbol": symbol}

    def _group(self, box: Box) -> dict[str, Any]:
        holds = ", ".join(f"{name} {number}" for name, number in box.lines.items() if name != "grad")
        content = {"group": True, "holds": holds, "grads": box.lines["grad"]}
        return self._start(box) | content | {"sends": self._connections(box.nodes, box)}

    def _node(self, box: Box) -> dict[str, Any]:
        node = box.nodes[0]
        content = self._start(box) | {
            "margins": self.margins[node],
            "value": _number(node.data),
            "grad": _number(self.gradients[node]),
            "sends": self._sends(node) + self._connections([node], box),
        }
        if node.op is None:
            return content
        from autograd.drawing.slip_facts import node_facts

        content |= {
            "op": self.ops.index(node.op),
            "inputs": [[self.place[x]] if x in self.place else _number(float(x)) for x in node.inputs],
            "partials": [_number(d) for d in node.partials],
            "formula": self.names.definition(node, MathML),
        }
        return content | node_facts(node, self.names)

    def _sends(self, node: Value) -> list[dict[str, Any]]:
        """Return the contributions of a node to inputs with boxes of their own."""
        return [
            {"to": self.place[x], "slot": slot, "formula": None if formula.is_number else formula.code}
            for slot, (x, formula) in enumerate(zip(node.inputs, self.names.partials(node, MathML)))
            if isinstance(x, Value) and self._is_alone(x)
        ]

    def _connections(self, nodes: Sequence[Value], box: Box) -> list[dict[str, Any]]:
        """Return the total contributions of `nodes` to each other box, if either box is a group."""
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
    """Return a number as JSON, with an object for nan and infinities, which JSON lacks."""
    if x is None or math.isfinite(x):
        return x
    return {"number": "NaN" if x != x else "Infinity" if x > 0 else "-Infinity"}


def _harmless(text: str) -> str:
    """Escape JSON so that nothing in it can close the surrounding HTML element."""
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
