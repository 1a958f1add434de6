"""Detect repeated blocks of entries, such as the steps of a recurrence, and roll them into loops."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Sequence
from copy import copy
from typing import Any

from autograd.compiler.repetitions import Range, Repetitions
from autograd.compiler.schedule import by_level
from autograd.compiler.tape import Entry, Node, Ref, Standin


class Recurrence:
    """Rounds of entries that do the same, each on the results of the round before.

    `rounds` are the nodes that are computed, and `body` has an entry for those of a round, with stand-ins for nodes.
    These read numbers and nodes that all rounds read, nodes of the body, and two more kinds of stand-ins: those in
    `before`, by their places in a round, stand for nodes of the round before, or in the first round for the `starts`;
    and those in `each` for what is listed, one for each round.
    """

    def __init__(self, found: Repetitions, at: Range, places: Sequence[int]) -> None:
        """Take the entries at some places of each round; the others are computed elsewhere."""
        self._found, self._at, self._places = found, at, places
        self.rounds: list[list[Node]] = [[entry.node for entry in self._round(i, places)] for i in range(at.count)]
        self.before: dict[int, Standin] = {}
        self.starts: dict[int, Ref] = {}
        self._each: dict[Hashable, tuple[Standin, list[Ref]]] = {}
        self._index = {place: k for k, place in enumerate(places)}
        self._reads = found.matrix(at)
        self._nodes = [Standin(entry.op) for entry in self._round(1, places)]
        self.body: list[Entry] = []
        first = found.first[at.start : at.start + at.period + 1] - found.first[at.start]
        for place, node, entry in zip(places, self._nodes, self._round(1, places)):
            reads = [self._read(column) for column in range(first[place], first[place + 1])]
            self.body.append(entry.copy(node, reads))

    @property
    def each(self) -> Collection[tuple[Standin, list[Ref]]]:
        """Stand-ins for what is another node or number in each round, and the list of these."""
        return self._each.values()

    def _round(self, i: int, places: Collection[int]) -> Iterator[Entry]:
        start = self._at.start + i * self._at.period
        return (self._found.entries[start + place] for place in places)

    def _read(self, column: int) -> Ref:
        refs, numbers = self._found.refs, self._reads[:, column]
        place = int(numbers[1]) - self._at.start - self._at.period
        if place in self._index:
            return self._nodes[self._index[place]]
        if place + self._at.period in self._index:
            k = self._index[place + self._at.period]
            self.starts[k] = refs[numbers[0]]
            return self.before.setdefault(k, Standin())
        if (numbers == numbers[0]).all():
            return refs[numbers[0]]
        return self._each.setdefault(numbers.tobytes(), (Standin(), [refs[i] for i in numbers.tolist()]))[0]

    def parts(self) -> Parts:
        """Return the loop without what needs none, and what is computed before and after it for all rounds at once."""
        places = {entry.node: k for k, entry in enumerate(self.body)}
        places |= {x: k for k, x in self.before.items()}
        edges = {(places[x], k) for k, entry in enumerate(self.body) for x in entry.reads if x in places}
        first = _outside_of_cycles(len(self.body), edges)
        last = _outside_of_cycles(len(self.body), {(b, a) for a, b in edges}) - first
        inside = [k for k in range(len(self.body)) if not (k in first or k in last)]
        loops: Parts = [Recurrence(self._found, self._at, [self._places[k] for k in inside])] if inside else []
        return [self._entries(first), *loops, self._entries(last)]

    def adding(self, columns: Sequence[Sequence[tuple[Any, ...]]]) -> Recurrence:
        """Return the loop with one more sum, of `columns` with a part for each round: a sign, and one or two nodes."""
        new = copy(self)
        new._each = dict(self._each)
        node, before = Standin(), Standin()
        total = Entry(node, None, (), any(entry.batched for entry in self.body))
        total.terms = [(1.0, before)]
        for column in columns:
            signs, *reads = zip(*column)
            part = signs[0], *map(new._column, reads)
            (total.terms if len(part) == 2 else total.pairs).append(part)
        total.finish(reached=True)
        new.body = [*self.body, total]
        new.rounds = [[*nodes, Standin()] for nodes in self.rounds]
        new.before, new.starts = self.before | {len(self.body): before}, self.starts | {len(self.body): 0.0}
        return new

    def _column(self, refs: Sequence[Ref]) -> Ref:
        """Return what stands for nodes of this loop, or for others or numbers, one in each round."""
        if refs[0] in self.rounds[0]:
            return self.body[self.rounds[0].index(refs[0])].node
        keys = tuple([x.hex() if x.__class__ is float else x for x in refs])
        return refs[0] if len(set(keys)) == 1 else self._each.setdefault(keys, (Standin(), [*refs]))[0]

    def _entries(self, places: Collection[int]) -> list[Entry]:
        return [entry for i in range(self._at.count) for entry in self._round(i, sorted(places))]


Parts = list[Recurrence | list[Entry]]


def _outside_of_cycles(count: int, edges: Collection[tuple[int, int]]) -> set[int]:
    """Return the vertices of a graph to which no path leads from a cycle."""
    to: list[list[int]] = [[] for _ in range(count)]
    waits = [0] * count
    for a, b in edges:
        to[a].append(b)
        waits[b] += 1
    found = [k for k in range(count) if not waits[k]]
    for k in found:
        for b in to[k]:
            waits[b] -= 1
            if not waits[b]:
                found.append(b)
    return set(found)


def split(entries: list[Entry]) -> Parts:
    """Return entries, in an order of computation, as recurrences and as lists of the entries between them."""
    parts = _split(Repetitions(by_level(entries)))
    if 2 * size(parts) > len(entries):  # such as of recurrences side by side, of which one takes fewer operations
        parts = min(parts, _split(Repetitions([[entry] for entry in entries])), key=size)
    return parts


def size(parts: Parts) -> int:
    """Return the number of entries, with one round of each recurrence."""
    return sum(len(part.body) if isinstance(part, Recurrence) else len(part) for part in parts)


def _split(found: Repetitions) -> Parts:
    parts: Parts = []
    todo: list[tuple[int, int] | Range] = [(0, len(found.entries))]
    while todo:
        part = todo.pop()
        if isinstance(part, Range):
            parts.append(Recurrence(found, part, range(part.period)))
            continue
        low, high = part
        best = found.best(low, high)
        if best:
            todo += [(best.stop, high), best, (low, best.start)]
        elif low < high:
            parts.append(found.entries[low:high])
    return parts


def apart(parts: Parts) -> Parts:
    """Return parts in which loops have nothing in them that can be computed for all rounds at once."""
    found: Parts = [[]]
    for part in parts:
        for new in part.parts() if isinstance(part, Recurrence) else [part]:
            last = found[-1]
            if isinstance(new, Recurrence) or isinstance(last, Recurrence):
                found.append(new)
            else:
                found[-1] = [*last, *new]
    return [part for part in found if part]
