"""Convert a graph to boxes, edges and clusters, before any output format is chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Literal

from autograd.drawing.grouping import Placement, Scope, edges, full_scopes, nearest, place
from autograd.printing.formulas import Names, label_of
from autograd.printing.text import Text
from autograd.terminal import plain, printed
from autograd.value import Value

Number = Literal["data", "grad"]

MAX_NEAREST = 40  # number of boxes to draw if a graph stays too large
MAX_CHARACTERS = 36  # length of the title of a box


@printed
@dataclass
class Box:
    """One node, or several nodes drawn as one.

    `kind` is "leaf", "node" or "group". `lines` maps "data", "grad" and the like to the text shown for them. `hint` is
    the full label if the title shortens it.
    """

    id: str
    kind: str
    nodes: list[Value]
    title: str
    scope: Scope
    lines: dict[str, str] = field(default_factory=dict)
    marked: bool = False
    hint: str = ""
    outputs: list[Value] = field(default_factory=list)  # nodes used outside the box
    digits: int = 4

    def set_numbers(self, name: str, number: Callable[[Value], float]) -> None:
        """Set the line `name` to the `number` of the outputs, or to its range if there are several."""
        numbers = sorted(map(number, self.outputs), key=lambda x: (x == x, x))  # nan first
        low, high = (f"{x:.{self.digits}g}" for x in (numbers[0], numbers[-1]))
        self.lines[name] = low if low == high else f"{low} … {high}"

    @property
    def texts(self) -> list[str]:
        """The lines of text in the box."""
        return [self.title, *(f"{name} {number}" for name, number in self.lines.items())]

    @property
    def label(self) -> str:
        """The text of the box in one line, for screen readers."""
        return ", ".join(self.texts)


@printed
@dataclass
class Edge:
    """An arrow from a box to one that uses it, for `count` edges of the graph."""

    source: Box
    target: Box
    count: int = 1
    marked: bool = False


@printed
@dataclass
class Picture:
    """The boxes of a graph of `total` nodes, inputs first, and the edges between them.

    `cut` lists the boxes with inputs that are not drawn. If `is_wide`, the boxes leave room for longer numbers.
    """

    boxes: list[Box]
    edges: list[Edge]
    total: int
    cut: list[Box]
    direction: str = "LR"
    is_wide: bool = False

    @property
    def note(self) -> str:
        """A note such as "showing 40 of 5,214 nodes", or "" if every node has its own box."""
        if len(self.boxes) == self.total:
            return ""
        return f"showing {len(self.boxes):,} of {self.total:,} nodes"

    def scopes_in(self, scope: Scope) -> list[Scope]:
        """Return the scopes with boxes that lie directly inside `scope`."""
        level = len(scope)
        inside = (box.scope for box in self.boxes if box.scope[:level] == scope != box.scope)
        return list(dict.fromkeys(found[: level + 1] for found in inside))

    @property
    def title(self) -> str:
        """A title for the picture."""
        return f"Computation graph of {self.boxes[-1].title}: " + (self.note or f"{self.total:,} nodes")


def build_picture(
    nodes: Sequence[Value],
    visible: Collection[Value],
    *,
    limit: int,
    depth: int | None = None,
    show: Sequence[Number] = ("data", "grad"),
    digits: int = 4,
    marked: Collection[tuple[Value, Value]] = (),
    focus: Collection[Value] = (),
    direction: str = "LR",
    is_wide: bool = False,
) -> Picture:
    """Build the picture of the `visible` nodes of a graph; `nodes` are all its nodes in topological order.

    The nodes in `focus` are marked, and so are the edges in `marked`: pairs of an input and a node that uses it.
    """
    shown = [node for node in nodes if node in visible]
    placement = place(shown, limit, depth)
    links = edges(shown, placement)
    if len(set(placement.values())) > limit:
        kept = nearest(placement[shown[-1]], links, min(limit, MAX_NEAREST))
        shown = [node for node in shown if placement[node] in kept]
    drawing = _Boxes(nodes, shown, placement, show, digits, focus)
    boxes = drawing.boxes
    bold = {(placement[x], placement[node]) for x, node in marked if x in placement and node in placement}
    drawn = [
        Edge(boxes[a], boxes[b], count, (a, b) in bold) for (a, b), count in links.items() if a in boxes and b in boxes
    ]
    hidden = {id(boxes[placement[node]]) for node in shown if any(_is_hidden(x, placement, boxes) for x in node.inputs)}
    cut = [box for box in boxes.values() if id(box) in hidden]
    return Picture(list(boxes.values()), drawn, len(nodes), cut, direction, is_wide)


def _is_hidden(x: object, placement: Placement, boxes: dict[Hashable, Box]) -> bool:
    return isinstance(x, Value) and placement.get(x) not in boxes


class _Boxes:
    def __init__(
        self,
        nodes: Sequence[Value],
        shown: Sequence[Value],
        placement: Placement,
        show: Sequence[Number],
        digits: int,
        focus: Collection[Value],
    ) -> None:
        self.names, self.show, self.digits = Names(nodes), show, digits
        self.scopes = full_scopes(shown)
        self.used_outside = {
            x for node in shown for x in node.inputs if isinstance(x, Value) and placement.get(x) != placement[node]
        } | {nodes[-1]}
        members: dict[Hashable, list[Value]] = {}
        for node in shown:
            members.setdefault(placement[node], []).append(node)
        last = {node: i for i, node in enumerate(shown)}
        order = sorted(members, key=lambda box: last[members[box][-1]])
        numbers = {node: i for i, node in enumerate(nodes)}
        self.boxes = {box: self._box(box, members[box], numbers[members[box][0]]) for box in order}
        for box in self.boxes.values():
            box.marked = any(node in focus for node in box.nodes)

    def _box(self, box: Hashable, nodes: list[Value], number: int) -> Box:
        node = nodes[0]
        if box is node:
            kind = "node" if node.op else "leaf"
            hint = plain(label_of(node), 2000) if len(label_of(node)) > MAX_CHARACTERS // 2 else ""
            drawn = Box(f"n{number}", kind, nodes, self._title(node), self.scopes[node], hint=hint)
        elif isinstance(box, tuple) and all(isinstance(part, str) for part in box):
            drawn = Box(f"g{number}", "group", nodes, plain(box[-1], MAX_CHARACTERS), box[:-1])
            drawn.lines["holds"] = _contents(nodes)
        else:
            what = node.op.name if node.op else label_of(node).rstrip("_0123456789") or "leaf"
            title = plain(f"{len(nodes)} × {what}", MAX_CHARACTERS)
            drawn = Box(f"g{number}", "group", nodes, title, self.scopes[node])
        drawn.outputs = [node for node in nodes if node in self.used_outside] or nodes
        drawn.digits = self.digits
        for name in self.show:
            drawn.set_numbers(name, attrgetter(name))
        return drawn

    def _title(self, node: Value) -> str:
        name = plain(self.names[node], MAX_CHARACTERS)
        if node.op is None:
            return name
        title = f"{name} = {self.names.definition(node, Text)}"
        return title if len(title) <= MAX_CHARACTERS else plain(f"{name} = {node.op.name}(…)", MAX_CHARACTERS)


def _contents(nodes: Sequence[Value]) -> str:
    count = Counter("parameter" if node.op is None else "node" for node in nodes)
    return ", ".join(f"{number:,} {what}{'s' * (number > 1)}" for what, number in sorted(count.items(), reverse=True))
