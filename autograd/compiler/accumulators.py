"""Move long sums over all rounds of a loop into the loop.

    x1 = f(x0); ...; xn = f(x[n-1]); s = x1 * x1 + ... + xn * xn

is the loop x = f(x); s = s + x * x. An array program computes the sum at once; a program on single numbers would take a
statement for each few terms.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from itertools import chain
from typing import Any

from autograd.compiler.recurrences import Parts, Recurrence
from autograd.compiler.tape import Entry, Node

_Part = tuple[Any, ...]  # a sign, and a node or number, or two of them


def accumulated(parts: Parts) -> Parts:
    """Return the parts with sums over the rounds of a loop computed in the loop."""
    found: Parts = []
    for part in parts:
        found.append(part if isinstance(part, Recurrence) else [_shortened(entry, found) for entry in part])
    return found


def _shortened(entry: Entry, before: Parts) -> Entry:
    """Move terms of a sum into the loops `before` it, and return the sum of their results and the other terms."""
    for i, loop in enumerate(before):
        if isinstance(loop, Recurrence) and entry.op is None and len(entry.reads) >= len(loop.rounds):
            columns, others = _columns(entry, loop, set(chain.from_iterable(map(_nodes, before[:i]))))
            if columns:
                before[i] = longer = loop.adding(columns)
                entry = _sum_of(entry, [*others, (1.0, longer.rounds[-1][-1])])
    return entry


def _nodes(part: Recurrence | list[Entry]) -> Iterable[Node]:
    return chain.from_iterable(part.rounds) if isinstance(part, Recurrence) else [entry.node for entry in part]


def _columns(entry: Entry, loop: Recurrence, known: set[Node]) -> tuple[list[list[_Part]], list[_Part]]:
    """Return lists with a part of a sum for each round, and all other parts.

    The parts in a list read the same place of each round. They may also read numbers, leaves, and nodes that are
    `known` before the loop.
    """
    places = {node: (i, k) for i, nodes in enumerate(loop.rounds) for k, node in enumerate(nodes)}
    found: dict[Hashable, dict[int, _Part]] = {}
    others: list[_Part] = []
    parts: list[_Part] = [*entry.terms, *entry.pairs]
    for part in parts:
        sign, *refs = part
        rounds = {places[x][0] for x in refs if x in places}
        are_known = all(x in places or x in known or x.__class__ is float or x.op is None for x in refs)
        column = found.setdefault((sign, *(places[x][1] if x in places else None for x in refs)), {})
        if len(rounds) == 1 and are_known and rounds.isdisjoint(column):
            column[rounds.pop()] = part
        else:
            others.append(part)
    columns = []
    for column in found.values():
        if len(column) == len(loop.rounds):
            columns.append([column[i] for i in range(len(column))])
        else:
            others += column.values()
    return columns, others


def _sum_of(entry: Entry, parts: list[_Part]) -> Entry:
    found = Entry(entry.node, None, (), entry.batched)
    found.terms = [(part[0], part[1]) for part in parts if len(part) == 2]
    found.pairs = [(part[0], part[1], part[2]) for part in parts if len(part) == 3]
    found.finish(entry.reached)
    return found
