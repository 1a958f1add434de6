"""Detect repeated blocks of nodes, such as the steps of a recurrence."""

from __future__ import annotations

import sys
from collections.abc import Hashable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from autograd.compiler.tape import Node, Ref, Standin
from autograd.ops import power

_MIN_NODES = 100  # in all rounds of a loop
_MIN_ROUNDS = 4
_PATTERNS = (64, 512, 4096, 32768)  # operations by which repetition is found: a round may itself consist of repetitions


class Recurrence:
    """Rounds of nodes that do the same, each on the results of the round before.

    `body` has a stand-in for each node of a round. Its inputs are numbers and nodes that all rounds read, other
    stand-ins of the body, and two more kinds of stand-ins: those in `before`, by their places in a round, stand for
    nodes of the round before, and those in `each` for leaves and numbers, which are listed, one for each round.
    """

    def __init__(self, rounds: Sequence[Sequence[Node]], starts: Sequence[Node]) -> None:
        self.rounds, self._starts = rounds, starts
        self.body: list[Standin] = []
        self.before: dict[int, Standin] = {}
        self.each: list[tuple[Standin, list[Ref]]] = []
        self._here = {node: place for place, node in enumerate(rounds[1])}
        self._earlier = {node: place for place, node in enumerate(rounds[0])}
        for place, node in enumerate(rounds[1]):
            self.body.append(Standin(node.op, tuple(self._standin(place, i) for i in range(len(node.inputs)))))

    def start(self, place: int) -> Node:
        """Return the node that the first round reads as that of the round before."""
        return self._starts[place]

    @property
    def reads(self) -> Iterator[Ref]:
        """All that it reads from outside."""
        yield from map(self.start, self.before)
        yield from (
            x for standin in self.body for x in standin.inputs if _is_computed(x) and x.__class__ is not Standin
        )
        for _, refs in self.each:
            yield from refs

    def _standin(self, place: int, i: int) -> Any:
        refs = [nodes[place].inputs[i] for nodes in self.rounds]
        if len({_key(x) for x in refs}) == 1:
            return refs[0]
        if refs[1] in self._here:
            return self.body[self._here[refs[1]]]
        if refs[1] in self._earlier:
            return self.before.setdefault(self._earlier[refs[1]], Standin())
        self.each.append((Standin(), refs))
        return self.each[-1][0]


Parts = list[Recurrence | Sequence[Node]]


def split(nodes: Sequence[Node]) -> Parts:
    """Return `nodes`, in the order of computation, as recurrences and as lists of the nodes between them."""
    found: Parts = []
    todo: Parts = [nodes]
    while todo:
        part = todo.pop()
        parts = None if isinstance(part, Recurrence) else _split(part)
        if parts:
            todo += reversed(parts)
        elif isinstance(part, Recurrence) or part:
            found.append(part)
    return found


def _split(nodes: Sequence[Node]) -> Parts | None:
    """Split nodes into those before a recurrence, the recurrence and those behind it, or return None."""
    index = {node: i for i, node in enumerate(nodes)}
    for middle, period in _periods(nodes, index):
        low, high = _extent(nodes, middle, period, index)
        for start in (low, low + period):  # the first round may compute what all rounds read
            count = (high - start) // period + 1
            if start >= period and count >= _MIN_ROUNDS and count * period >= _MIN_NODES:
                stop = start + count * period
                rounds = [nodes[i : i + period] for i in range(start, stop, period)]
                if _reads_the_round_before(rounds, index, start):
                    return [nodes[:start], Recurrence(rounds, nodes[start - period : start]), nodes[stop:]]
    return None


def _extent(nodes: Sequence[Node], middle: int, period: int, index: dict[Node, int]) -> tuple[int, int]:
    """Return the range around `middle` in which each node does what the one a period later does."""

    def same(i: int) -> bool:
        return _do_the_same(nodes[i], nodes[i + period], index, period)

    low = high = middle
    while low > 0 and same(low - 1):
        low -= 1
    while high + period < len(nodes) and same(high):
        high += 1
    return low, high


def _periods(nodes: Sequence[Node], index: dict[Node, int]) -> Iterator[tuple[int, int]]:
    """Yield where the nodes seem to repeat themselves, and after how many of them.

    Nodes are the same here if their operations and the distances to their inputs are; or the operations alone, because
    the distance grows to an input that is computed once for all rounds.
    """
    if len(nodes) < _MIN_NODES:
        return
    yield from _repetitions([(node.op, *[i - index.get(x, i) for x in node.inputs]) for i, node in enumerate(nodes)])
    yield from _repetitions([node.op for node in nodes])


def _repetitions(keys: Sequence[Hashable]) -> Iterator[tuple[int, int]]:
    numbers: dict[Hashable, int] = {}
    text = "".join([chr(numbers.setdefault(key, len(numbers)) % sys.maxunicode) for key in keys])
    tried: set[tuple[int, int]] = set()
    for middle in (len(text) * k // 8 for k in (4, 2, 6, 1)):  # one loop may end where another begins
        for length in _PATTERNS:
            found = text.find(text[middle : middle + length], middle + 1)
            if found > 0 and middle + length < len(text):
                periods = {(middle, times * (found - middle)) for times in (1, 2, 3)} - tried
                tried |= periods
                yield from sorted(place for place in periods if sum(place) < len(text))


def _do_the_same(a: Node, b: Node, index: dict[Node, int], period: int) -> bool:
    if a.op is not b.op or len(a.inputs) != len(b.inputs):
        return False
    for x, y in zip(a.inputs, b.inputs):
        if x is y:
            continue
        if _is_computed(x) and _is_computed(y):
            if x not in index or y not in index or index[y] - index[x] != period:
                return False
        elif _is_computed(x) or _is_computed(y) or (a.op is power and _key(x) != _key(y)):
            return False
    return True


def _reads_the_round_before(rounds: Sequence[Sequence[Node]], index: dict[Node, int], start: int) -> bool:
    """Say whether the nodes of a round read no round but their own, the one before, and what is before the loop.

    A node before the loop may belong to the round before the first one; the second round shows whether it does.
    """
    for number, (earlier, later) in enumerate(pairwise(rounds)):
        for a, b in zip(earlier, later):
            for x, y in zip(a.inputs, b.inputs):
                if _is_computed(x) and (x is y) == (index.get(x if number else y, -1) >= start):
                    return False
    return True


def _is_computed(x: Ref) -> bool:
    return x.__class__ is not float and x.op is not None


def _key(x: Ref) -> Any:
    return x.hex() if x.__class__ is float else x
