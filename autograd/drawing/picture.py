"""`Picture`: what is drawn of a graph, before it is drawn: boxes with their lines of text, clusters, edges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Literal

from autograd.drawing.collapse import Placement, Scope, edges, full_scopes, nearest, place
from autograd.printing.formulas import Names, label_of
from autograd.printing.text import Text
from autograd.terminal import plain, printed
from autograd.value import Value

Number = Literal["data", "grad"]

_NEAREST = 40  # boxes that are drawn where there are too many
_MOST_CHARACTERS = 36  # of the line that says what a box is


@printed
@dataclass
class Box:
    """A node, or several of them that are drawn as one.

    `kind` is "leaf", "node" or "group"; `lines` are the numbers in it, by what they are; `hint` is a long label whole.
    """

    id: str
    kind: str
    nodes: list[Value]
    title: str
    scope: Scope
    lines: dict[str, str] = field(default_factory=dict)
    marked: bool = False
    hint: str = ""
    outputs: list[Value] = field(default_factory=list)  # those of the nodes that are read from outside
    digits: int = 4

    def set_numbers(self, name: str, number: Callable[[Value], float]) -> None:
        """Let the line `name` say which `number` the outputs have, or from where to where these go."""
        numbers = sorted(map(number, self.outputs), key=lambda x: (x == x, x))  # nan comes first
        low, high = (f"{x:.{self.digits}g}" for x in (numbers[0], numbers[-1]))
        self.lines[name] = low if low == high else f"{low} … {high}"

    @property
    def texts(self) -> list[str]:
        """What the box says, line by line."""
        return [self.title, *(f"{name} {number}" for name, number in self.lines.items())]

    @property
    def label(self) -> str:
        """All that the box says, in one line, as it is read out."""
        return ", ".join(self.texts)


@printed
@dataclass
class Edge:
    """A line from a box to another one that reads it, `count` times."""

    source: Box
    target: Box
    count: int = 1
    marked: bool = False


@printed
@dataclass
class Picture:
    """Boxes, inputs first, and edges between them; of the `total` nodes of the graph, some may be left out.

    `cut` are the boxes of which not all inputs are drawn. A `roomy` picture has room for other numbers in its boxes.
    """

    boxes: list[Box]
    edges: list[Edge]
    total: int
    cut: list[Box]
    direction: str = "LR"
    roomy: bool = False

    @property
    def note(self) -> str:
        """What is missing, if anything is: showing 40 of 5,214 nodes."""
        if len(self.boxes) == self.total:
            return ""
        return f"showing {len(self.boxes):,} of {self.total:,} nodes"

    def scopes_in(self, scope: Scope) -> list[Scope]:
        """Return the scopes directly inside `scope` that have boxes."""
        level = len(scope)
        inside = (box.scope for box in self.boxes if box.scope[:level] == scope != box.scope)
        return list(dict.fromkeys(found[: level + 1] for found in inside))

    @property
    def title(self) -> str:
        """What the picture shows, in one line."""
        return f"Computation graph of {self.boxes[-1].title}: " + (self.note or f"{self.total:,} nodes")


def picture(
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
    roomy: bool = False,
) -> Picture:
    """Return the picture of the `visible` ones of the `nodes`, which are all the nodes of a graph in order.

    `marked` are pairs of an input and a node that reads it whose edge stands out, as do the nodes in `focus`.
    """
    shown = [node for node in nodes if node in visible]
    placement = place(shown, limit, depth)
    links = edges(shown, placement)
    if len(set(placement.values())) > limit:
        kept = nearest(placement[shown[-1]], links, min(limit, _NEAREST))
        shown = [node for node in shown if placement[node] in kept]
    drawing = _Boxes(nodes, shown, placement, show, digits, focus)
    boxes = drawing.boxes
    bold = {(placement[x], placement[node]) for x, node in marked if x in placement and node in placement}
    drawn = [
        Edge(boxes[a], boxes[b], count, (a, b) in bold) for (a, b), count in links.items() if a in boxes and b in boxes
    ]
    hidden = {id(boxes[placement[node]]) for node in shown if any(_is_hidden(x, placement, boxes) for x in node.inputs)}
    cut = [box for box in boxes.values() if id(box) in hidden]
    return Picture(list(boxes.values()), drawn, len(nodes), cut, direction, roomy)


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
        self.read_outside = {
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
            hint = plain(label_of(node), 2000) if len(label_of(node)) > _MOST_CHARACTERS // 2 else ""
            drawn = Box(f"n{number}", kind, nodes, self._title(node), self.scopes[node], hint=hint)
        elif isinstance(box, tuple) and all(isinstance(part, str) for part in box):
            drawn = Box(f"g{number}", "group", nodes, plain(box[-1], _MOST_CHARACTERS), box[:-1])
            drawn.lines["holds"] = _contents(nodes)
        else:
            what = node.op.name if node.op else label_of(node).rstrip("_0123456789") or "leaf"
            title = plain(f"{len(nodes)} × {what}", _MOST_CHARACTERS)
            drawn = Box(f"g{number}", "group", nodes, title, self.scopes[node])
        drawn.outputs = [node for node in nodes if node in self.read_outside] or nodes
        drawn.digits = self.digits
        for name in self.show:
            drawn.set_numbers(name, attrgetter(name))
        return drawn

    def _title(self, node: Value) -> str:
        name = plain(self.names[node], _MOST_CHARACTERS)
        if node.op is None:
            return name
        title = f"{name} = {self.names.definition(node, Text)}"
        return title if len(title) <= _MOST_CHARACTERS else plain(f"{name} = {node.op.name}(…)", _MOST_CHARACTERS)


def _contents(nodes: Sequence[Value]) -> str:
    count = Counter("parameter" if node.op is None else "node" for node in nodes)
    return ", ".join(f"{number:,} {what}{'s' * (number > 1)}" for what, number in sorted(count.items(), reverse=True))
