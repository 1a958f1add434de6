"""Pad sums and log-sum-exps of different lengths, as in causal attention, so that one statement computes them all."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from math import inf
from typing import Any

from autograd.compiler.tape import Entry, Node, Standin
from autograd.ops import logsumexp

_MIN_GROUPS = 4
_MAX_PADDING = 300  # numbers for each group that is saved, in products two each

Key = tuple[Hashable, ...]  # what all entries of a group share; the last two items are sequences
ZERO, LOW = Standin(), Standin()  # nodes that add nothing to a sum, and to a log-sum-exp
PADDING: dict[Node, float] = {ZERO: 0.0, LOW: -inf}


def merged(groups: Mapping[Key, list[Entry]], batched: Collection[Node]) -> Iterator[list[Entry]]:
    """Yield the groups, where those that differ only in the lengths of their entries are padded to a single one.

    All that they read must be `batched`, as ZERO and LOW are.
    """
    alike: dict[Key, list[list[Entry]]] = {}
    for key, entries in groups.items():
        alike.setdefault(_without_length(key, entries[0], batched), []).append(entries)
    for same in alike.values():
        yield from [_padded(same)] if _is_worth_it(same) else same


def is_padded(entry: Entry) -> bool:
    """Check if an entry was padded."""
    return bool(entry.reads) and entry.reads[-1] in PADDING


def _without_length(key: Key, entry: Entry, batched: Collection[Node]) -> Key:
    """Return the key without repetitions if the parts of the entry are all of one sort."""
    *others, first, second = key
    parts: Any = first or second
    if entry.op not in (None, logsumexp) or (first and second) or len(set(parts)) != 1:
        return key
    return (*others, parts[:1]) if all(x in batched for x in entry.reads) else key


def _is_worth_it(groups: Sequence[list[Entry]]) -> bool:
    longest = max(len(entries[0].reads) for entries in groups)
    padding = sum((longest - len(entries[0].reads)) * len(entries) for entries in groups)
    return len(groups) >= _MIN_GROUPS and padding <= _MAX_PADDING * len(groups)


def _padded(groups: Sequence[list[Entry]]) -> list[Entry]:
    """Return the entries of all groups, each as long as the longest."""
    longest = max(len(entries[0].reads) for entries in groups)
    found = []
    for entry in (entry for entries in groups for entry in entries):
        missing = longest - len(entry.reads)
        new = Entry(entry.node, entry.op, [*entry.inputs, *[LOW] * (missing if entry.op else 0)], entry.batched)
        new.terms = entry.terms + [(sign, ZERO) for sign, _ in entry.terms[:1]] * missing
        new.pairs = entry.pairs + [(sign, ZERO, ZERO) for sign, *_ in entry.pairs[:1]] * (missing // 2)
        new.finish(entry.reached)
        found.append(new)
    return found
