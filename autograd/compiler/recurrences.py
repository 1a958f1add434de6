"""Detect repeated blocks of entries, such as the steps of a recurrence, and roll them into loops."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from copy import copy
from typing import Any

from autograd.compiler.repetitions import Ints, Repetitions
from autograd.compiler.schedule import by_level
from autograd.compiler.tape import Entry, Node, Ref, Standin


class Recurrence:
    """Rounds of entries that do the same, each on the results of the round before.

    `rounds` are the nodes that are computed, and `body` has an entry for those of a round, with stand-ins for nodes.
    These read numbers and nodes that all rounds read, nodes of the body, and two more kinds of stand-ins: those in
    `before`, by their places in a round, stand for nodes of the round before, or in the first round for the `starts`;
    and those in `each` stand for lists with a node or number for each round.
    """

    def __init__(self, found: Repetitions, places: Ints) -> None:
        """Take the entries at some places of a sequence, with a row for each round."""
        self._found, self._places = found, places
        self.rounds: list[list[Node]] = [[found.refs[i] for i in row] for row in places.tolist()]
        self.before: dict[int, Standin] = {}
        self.starts: dict[int, Ref] = {}
        self._each: dict[Hashable, tuple[Standin, list[Ref]]] = {}
        first, second = ({place: k for k, place in enumerate(row)} for row in places[:2].tolist())
        nodes = [Standin(node.op) for node in self.rounds[1]]
        self.body: list[Entry] = []
        for node, column in zip(nodes, places.T):
            reads: list[Ref] = []
            for numbers in found.columns(column):
                place = int(numbers[1])
                if place in second:
                    reads.append(nodes[second[place]])
                elif place in first:
                    self.starts[first[place]] = found.refs[numbers[0]]
                    reads.append(self.before.setdefault(first[place], Standin()))
                elif (numbers == numbers[0]).all():
                    reads.append(found.refs[numbers[0]])
                else:
                    reads.append(self._listed([found.refs[i] for i in numbers.tolist()]))
            self.body.append(found.entries[column[1]].copy(node, reads))

    @property
    def each(self) -> Collection[tuple[Standin, list[Ref]]]:
        """Stand-ins for nodes or numbers that differ from round to round, each with its list."""
        return self._each.values()

    def parts(self) -> Parts:
        """Return the loop, and before and after it the entries that are computed for all rounds at once."""
        places = {entry.node: k for k, entry in enumerate(self.body)}
        places |= {x: k for k, x in self.before.items()}
        edges = {(places[x], k) for k, entry in enumerate(self.body) for x in entry.reads if x in places}
        first = _outside_of_cycles(len(self.body), edges)
        last = _outside_of_cycles(len(self.body), {(b, a) for a, b in edges}) - first
        inside = [k for k in range(len(self.body)) if not (k in first or k in last)]
        loops: Parts = [Recurrence(self._found, self._places[:, inside])] if inside else []
        return [self._entries(first), *loops, self._entries(last)]

    def adding(self, columns: Sequence[Sequence[tuple[Any, ...]]]) -> Recurrence:
        """Return the loop with one more sum, of `columns` with a part for each round: a sign, and one or two nodes."""
        new, k = copy(self), len(self.body)
        new._each = dict(self._each)
        nodes = {node: entry.node for node, entry in zip(self.rounds[0], self.body)}
        total = Entry(Standin(), None, (), any(entry.batched for entry in self.body))
        new.before, new.starts = self.before | {k: Standin()}, self.starts | {k: 0.0}
        total.terms = [(1.0, new.before[k])]
        for column in columns:
            signs, *reads = zip(*column)
            part = signs[0], *(nodes[refs[0]] if refs[0] in nodes else new._listed(refs) for refs in reads)
            (total.terms if len(part) == 2 else total.pairs).append(part)
        total.finish(reached=True)
        new.body = [*self.body, total]
        new.rounds = [[*made, Standin()] for made in self.rounds]
        return new

    def _listed(self, refs: Sequence[Ref]) -> Ref:
        """Return a stand-in for nodes or numbers from outside, one per round, or the node that all rounds read."""
        keys = tuple([x.hex() if x.__class__ is float else x for x in refs])
        return refs[0] if len(set(keys)) == 1 else self._each.setdefault(keys, (Standin(), [*refs]))[0]

    def _entries(self, inside: Collection[int]) -> list[Entry]:
        return [self._found.entries[place] for place in self._places[:, sorted(inside)].ravel().tolist()]


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
    if 2 * size(parts) > len(entries):  # for example, two recurrences side by side, one of them shorter
        parts = min(parts, _split(Repetitions([[entry] for entry in entries])), key=size)
    return parts


def size(parts: Parts) -> int:
    """Return the number of entries, with one round of each recurrence."""
    return sum(len(part.body) if isinstance(part, Recurrence) else len(part) for part in parts)


def _split(found: Repetitions) -> Parts:
    parts: Parts = []
    todo: list[tuple[Repetitions, int, int] | Recurrence] = [(found, 0, len(found.entries))]
    while todo:
        part = todo.pop()
        if isinstance(part, Recurrence):
            parts.append(part)
            continue
        found, low, high = part
        best = found.best(low, high)
        if best is None:
            parts.append(found.entries[low:high])
            continue
        places = found.with_inputs(best, low)
        todo += [(found, best.stop, high), Recurrence(found, places), (found, low, best.start)]
        if places.shape[1] > best.period:
            taken = set(places.ravel().tolist())
            rest = [[found.entries[i]] for i in range(low, best.start) if i not in taken]
            todo[-1] = Repetitions(rest), 0, len(rest)
    return [part for part in parts if isinstance(part, Recurrence) or part]


def apart(parts: Parts) -> Parts:
    """Move entries out of loops if they can be computed for all rounds at once."""
    found: Parts = [[]]
    for part in parts:
        for new in part.parts() if isinstance(part, Recurrence) else [part]:
            last = found[-1]
            if isinstance(new, Recurrence) or isinstance(last, Recurrence):
                found.append(new)
            else:
                found[-1] = [*last, *new]
    return [part for part in found if part]
