"""Detect repeated blocks, such as the steps of a recurrence, and roll them into loops."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import Any

from autograd.compiler.symbols import Symbol
from autograd.compiler.tape import Ref
from autograd.operation import Op
from autograd.ops import power

_FEWEST_NODES = 100  # of what is worth a loop
_FEWEST_ROUNDS = 4
_PATTERN = 64  # operations by which repetition is found


class Standin:
    """Stands in the body of a loop for a node, another one in each round."""

    __slots__ = ("inputs", "op")

    def __init__(self, op: Op | None = None, inputs: tuple[Ref, ...] = ()) -> None:
        self.op, self.inputs = op, inputs


class Loop:
    """Rounds of nodes that do the same, each with what the round before has made.

    `body` has a stand-in for each node of a round. What these read is in the body, too, or a number that all rounds
    read, or a stand-in: in `before` for a node of the round before, by its place in the round; in `outer` for a node
    that all rounds read, by that node; in `each`, with a list of what it stands for, for leaves or numbers.
    """

    def __init__(self, rounds: Sequence[Sequence[Symbol]], starts: Sequence[Symbol]) -> None:
        self.rounds, self._starts = rounds, starts
        self.body: list[Standin] = []
        self.before: dict[int, Standin] = {}
        self.outer: dict[Symbol, Standin] = {}
        self.each: list[tuple[Standin, list[Ref]]] = []
        self._here = {node: place for place, node in enumerate(rounds[1])}
        self._earlier = {node: place for place, node in enumerate(rounds[0])}
        for place, node in enumerate(rounds[1]):
            self.body.append(Standin(node.op, tuple(self._standin(place, i) for i in range(len(node.inputs)))))

    def start(self, place: int) -> Symbol:
        """Return the node that the first round reads as that of the round before."""
        return self._starts[place]

    @property
    def reads(self) -> Iterator[Ref]:
        """All that it reads from outside."""
        yield from map(self.start, self.before)
        yield from self.outer
        for _, refs in self.each:
            yield from refs

    def _standin(self, place: int, i: int) -> Any:
        refs = [nodes[place].inputs[i] for nodes in self.rounds]
        if all(x is refs[0] for x in refs) or (not any(map(_is_computed, refs)) and len({_key(x) for x in refs}) == 1):
            return self.outer.setdefault(refs[0], Standin()) if refs[0].__class__ is not float else refs[0]
        if refs[1] in self._here:
            return self.body[self._here[refs[1]]]
        if refs[1] in self._earlier:
            return self.before.setdefault(self._earlier[refs[1]], Standin())
        self.each.append((Standin(), refs))
        return self.each[-1][0]


def parts(nodes: Sequence[Symbol], needed: Collection[Symbol]) -> list[Loop | Sequence[Symbol]]:
    """Return `nodes`, in topological order, as loops and as lists of what stands between these.

    Leaves that are `needed`, those with a gradient, are the same in all rounds of a loop.
    """
    found: list[Loop | Sequence[Symbol]] = []
    todo: list[Loop | Sequence[Symbol]] = [nodes]
    while todo:
        part = todo.pop()
        split = None if isinstance(part, Loop) else _split(part, needed)
        if split:
            todo += reversed(split)
        elif isinstance(part, Loop) or part:
            found.append(part)
    return found


def _split(nodes: Sequence[Symbol], needed: Collection[Symbol]) -> list[Loop | Sequence[Symbol]] | None:
    """Return what stands before a loop, the loop and what stands behind it, if one is found."""
    index = {node: i for i, node in enumerate(nodes)}
    for middle, period in _periods(nodes):
        low, high = _extent(nodes, middle, period, index, needed)
        for start in (low, low + period):  # where the first round made what all read, that is none of the loop
            count = (high - start) // period + 1
            if start >= period and count >= _FEWEST_ROUNDS and count * period >= _FEWEST_NODES:
                stop = start + count * period
                rounds = [nodes[i : i + period] for i in range(start, stop, period)]
                if _reads_the_round_before(rounds, index, start):
                    return [nodes[:start], Loop(rounds, nodes[start - period : start]), nodes[stop:]]
    return None


def _extent(
    nodes: Sequence[Symbol], middle: int, period: int, index: dict[Symbol, int], needed: Collection[Symbol]
) -> tuple[int, int]:
    """Return the range around `middle` in which each node does what the one a period later does."""

    def same(i: int) -> bool:
        return _do_the_same(nodes[i], nodes[i + period], index, period, needed)

    low = high = middle
    while low > 0 and same(low - 1):
        low -= 1
    while high + period < len(nodes) and same(high):
        high += 1
    return low, high


def _periods(nodes: Sequence[Symbol]) -> Iterator[tuple[int, int]]:
    """Yield after how many nodes the operations repeat themselves, as it seems, and where."""
    if len(nodes) < _FEWEST_NODES:
        return
    numbers: dict[Op | None, int] = {}
    text = "".join([chr(numbers.setdefault(node.op, len(numbers))) for node in nodes])
    for middle in (len(nodes) * k // 8 for k in (4, 2, 6, 1)):  # one loop may end where another begins
        found = text.find(text[middle : middle + _PATTERN], middle + 1)
        if found > 0:
            periods = (times * (found - middle) for times in (1, 2, 3))
            yield from ((middle, period) for period in periods if middle + period < len(nodes))


def _do_the_same(a: Symbol, b: Symbol, index: dict[Symbol, int], period: int, needed: Collection[Symbol]) -> bool:
    if a.op is not b.op or len(a.inputs) != len(b.inputs):
        return False
    for x, y in zip(a.inputs, b.inputs):
        if x is y:
            continue
        if _is_computed(x) and _is_computed(y):
            if x not in index or y not in index or index[y] - index[x] != period:
                return False
        elif any(_is_computed(z) or z in needed for z in (x, y)) or (a.op is power and _key(x) != _key(y)):
            return False
    return True


def _reads_the_round_before(rounds: Sequence[Sequence[Symbol]], index: dict[Symbol, int], start: int) -> bool:
    """Say whether the nodes of a round read no round but their own, the one before, and what is before the loop.

    What the first round reads, that of the next one tells: a node before the loop may be that of a round before it.
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
    return x if x.__class__ is not float else float(x).hex()
