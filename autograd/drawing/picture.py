"""Convert a graph to boxes, edges and clusters, before any output format is chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Literal

from autograd.drawing.grouping import Scope, edges, full_scopes, nearest, place
from autograd.graph import edges_of
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
    reads = list(edges_of(shown))
    used_outside = {x for x, node in reads if placement.get(x) != placement[node]} | {nodes[-1]}
    names, scopes = Names(nodes), full_scopes(shown)
    numbers, last = ({node: i for i, node in enumerate(order)} for order in (nodes, shown))
    members: dict[Hashable, list[Value]] = {}
    for node in shown:
        members.setdefault(placement[node], []).append(node)
    boxes: dict[Hashable, Box] = {}
    for key, inside in sorted(members.items(), key=lambda item: last[item[1][-1]]):
        box = boxes[key] = _box(key, inside, numbers[inside[0]], names, scopes[inside[0]])
        box.outputs = [node for node in inside if node in used_outside] or inside
        box.digits, box.marked = digits, any(node in focus for node in inside)
        for name in show:
            box.set_numbers(name, attrgetter(name))
    bold = {(placement[x], placement[node]) for x, node in marked if x in placement and node in placement}
    drawn = [
        Edge(boxes[a], boxes[b], count, (a, b) in bold) for (a, b), count in links.items() if a in boxes and b in boxes
    ]
    hidden = {placement[node] for x, node in reads if placement.get(x) not in boxes}
    cut = [box for key, box in boxes.items() if key in hidden]
    return Picture(list(boxes.values()), drawn, len(nodes), cut, direction, is_wide)


def _box(key: Hashable, nodes: list[Value], number: int, names: Names, scope: Scope) -> Box:
    """Return the box for a `key` of a placement, with the `number` and the `scope` of the first of its `nodes`."""
    node = nodes[0]
    if key is node:
        kind = "node" if node.op else "leaf"
        hint = plain(label_of(node), 2000) if len(label_of(node)) > MAX_CHARACTERS // 2 else ""
        return Box(f"n{number}", kind, nodes, _title(node, names), scope, hint=hint)
    if isinstance(key, tuple):  # a scope
        lines = {"holds": _contents(nodes)}
        return Box(f"g{number}", "group", nodes, plain(key[-1], MAX_CHARACTERS), key[:-1], lines)
    what = node.op.name if node.op else label_of(node).rstrip("_0123456789") or "leaf"
    return Box(f"g{number}", "group", nodes, plain(f"{len(nodes)} × {what}", MAX_CHARACTERS), scope)


def _title(node: Value, names: Names) -> str:
    name = plain(names[node], MAX_CHARACTERS)
    if node.op is None:
        return name
    title = f"{name} = {names.definition(node, Text)}"
    return title if len(title) <= MAX_CHARACTERS else plain(f"{name} = {node.op.name}(…)", MAX_CHARACTERS)


def _contents(nodes: Sequence[Value]) -> str:
    count = Counter("parameter" if node.op is None else "node" for node in nodes)
    return ", ".join(f"{number:,} {what}{'s' * (number > 1)}" for what, number in sorted(count.items(), reverse=True))
