"""Add up along the rounds of a loop what a long sum behind it reads of all rounds.

    x1 = f(x0); ...; xn = f(x[n-1]); s = x1 * x1 + ... + xn * xn

is the loop x = f(x); s = s + x * x. An array program computes the sum at once; a program on single numbers would take a
statement for each few terms.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from autograd.compiler.recurrences import Parts, Recurrence
from autograd.compiler.tape import Entry, Ref

_Part = tuple[Any, ...]  # a sign, and a node or number, or two of them


def accumulated(parts: Parts) -> Parts:
    """Return parts in which no sum reads the same of all rounds of a loop."""
    found: Parts = []
    for part in parts:
        found.append(part if isinstance(part, Recurrence) else [_shortened(entry, found) for entry in part])
    return found


def _shortened(entry: Entry, before: Parts) -> Entry:
    """Return a sum without what loops `before` it can add up, but for the result; add that to the loops."""
    for i, loop in enumerate(before):
        if isinstance(loop, Recurrence) and entry.op is None and len(entry.reads) >= len(loop.rounds):
            columns, others = _columns(entry, loop)
            if columns:
                before[i] = longer = loop.adding(columns)
                entry = _sum_of(entry, [*others, (1.0, longer.rounds[-1][-1])])
    return entry


def _columns(entry: Entry, loop: Recurrence) -> tuple[list[list[_Part]], list[_Part]]:
    """Return lists of parts of a sum, with one of each round in order, and all other parts."""
    places = {node: (i, k) for i, nodes in enumerate(loop.rounds) for k, node in enumerate(nodes)}
    found: dict[Hashable, dict[int, _Part]] = {}
    others: list[_Part] = []
    for part in (*entry.terms, *entry.pairs):
        sign, *refs = part
        inside = [places[x] for x in refs if x in places]
        rounds = {i for i, _ in inside}
        key = (sign, *(places[x][1] if x in places else None for x in refs))
        column = found.setdefault(key, {})
        (i,) = rounds if len(rounds) == 1 else (-1,)
        if i < 0 or i in column or not all(x in places or _is_outside(x) for x in refs):
            others.append(part)
        else:
            column[i] = part
    columns = []
    for column in found.values():
        if len(column) == len(loop.rounds):
            columns.append([column[i] for i in range(len(column))])
        else:
            others += column.values()
    return columns, others


def _is_outside(x: Ref) -> bool:
    return x.__class__ is float or x.op is None


def _sum_of(entry: Entry, parts: list[_Part]) -> Entry:
    found = Entry(entry.node, None, (), entry.batched)
    found.terms = [(part[0], part[1]) for part in parts if len(part) == 2]
    found.pairs = [(part[0], part[1], part[2]) for part in parts if len(part) == 3]
    found.finish(entry.reached)
    return found
