"""Move long sums over all rounds of a loop into the loop.

    x1 = f(x0); ...; xn = f(x[n-1]); s = x1 * x1 + ... + xn * xn

is the loop x = f(x); s = s + x * x. An array program computes the sum at once; a program on single numbers would take a
statement for each few terms.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from typing import Any, NamedTuple

from autograd.compiler.recurrences import Parts, Recurrence
from autograd.compiler.tape import Entry, Node

_Part = tuple[Any, ...]  # a sign, and a node or number, or two of them


class _Place(NamedTuple):
    """Where a node is computed: the part, the round if it is a loop, and the place `k` in the round."""

    part: int
    round: int
    k: int


_Places = dict[Node, _Place]


def accumulated(parts: Parts) -> Parts:
    """Return the parts with sums over the rounds of a loop computed in the loop."""
    found: Parts = []
    places: _Places = {}
    for i, part in enumerate(parts):
        rounds = part.rounds if isinstance(part, Recurrence) else [[entry.node for entry in part]]
        found.append(part if isinstance(part, Recurrence) else [_shortened(entry, found, places) for entry in part])
        places.update((node, _Place(i, j, k)) for j, nodes in enumerate(rounds) for k, node in enumerate(nodes))
    return found


def _shortened(entry: Entry, before: Parts, places: _Places) -> Entry:
    """Move terms of a sum into the loops `before` it, and return the sum of their results and the other terms."""
    if entry.op is not None:
        return entry
    for i, count in sorted(Counter(places[x].part for x in entry.reads if x in places).items()):
        loop = before[i]
        if not isinstance(loop, Recurrence) or count < len(loop.rounds):
            continue
        columns, others = _columns(entry, i, len(loop.rounds), places)
        if columns:
            before[i] = longer = loop.adding(columns)
            new = [nodes[-1] for nodes in longer.rounds]
            places.update((node, _Place(i, j, len(loop.body))) for j, node in enumerate(new))
            entry = _sum_of(entry, [*others, (1.0, new[-1])])
    return entry


def _columns(entry: Entry, loop: int, rounds: int, places: _Places) -> tuple[list[list[_Part]], list[_Part]]:
    """Return lists with a part of a sum for each of the `rounds` of the loop that is part `loop`, and all other parts.

    The parts in a list read the same place of each round. They may also read numbers, leaves, and nodes that are
    computed before the loop.
    """
    found: dict[Hashable, dict[int, _Part]] = {}
    others: list[_Part] = []
    parts: list[_Part] = [*entry.terms, *entry.pairs]
    for part in parts:
        sign, *refs = part
        known = [places.get(x) for x in refs]
        inside = [place if place and place.part == loop else None for place in known]
        mine = {place.round for place in inside if place}
        are_known = all(
            place.part <= loop if place else x.__class__ is float or x.op is None for x, place in zip(refs, known)
        )
        column = found.setdefault((sign, *(place and place.k for place in inside)), {})
        if len(mine) == 1 and are_known and mine.isdisjoint(column):
            column[mine.pop()] = part
        else:
            others.append(part)
    columns = []
    for column in found.values():
        if len(column) == rounds:
            columns.append([column[i] for i in range(rounds)])
        else:
            others += column.values()
    return columns, others


def _sum_of(entry: Entry, parts: list[_Part]) -> Entry:
    found = Entry(entry.node, None, (), entry.batched)
    found.terms = [(part[0], part[1]) for part in parts if len(part) == 2]
    found.pairs = [(part[0], part[1], part[2]) for part in parts if len(part) == 3]
    found.finish(entry.reached)
    return found
