"""Order entries by level, so that steps of a recurrence follow one another, however they were recorded."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from autograd.compiler.tape import Entry, Ref, levels, places_read


def by_level(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Return lists of the entries that are computed at the same time, each sorted.

    Entries that depend on the longest chain of operations are computed as early as possible. All others, such as inputs
    and states that take fewer operations, are computed as late as possible: at the pace of their readers.
    """
    times = _times(entries)
    slots: list[list[int]] = [[] for _ in range(max(times, default=0))]
    for i, time in enumerate(times):
        slots[time - 1].append(i)
    return [[entries[i] for i in slot] for slot in _sorted(entries, slots)]


def _times(entries: Sequence[Entry]) -> list[int]:
    reads = places_read(entries)
    early = levels(reads)
    end = max(early, default=0)
    late = _latest(reads, [end] * len(entries))
    depends: list[bool] = []  # whether an entry depends on one that cannot be computed later
    for i, inputs in enumerate(reads):
        depends.append(early[i] == late[i] or any(depends[j] for j in inputs))
    is_read = {j for inputs in reads for j in inputs}
    return _latest(reads, [t if fixed or i not in is_read else end for i, (t, fixed) in enumerate(zip(early, depends))])


def _latest(reads: Sequence[Sequence[int]], limits: list[int]) -> list[int]:
    """Return the latest times within `limits` at which entries are computed before their readers."""
    for i in range(len(reads) - 1, -1, -1):
        bound = limits[i] - 1
        for j in reads[i]:
            limits[j] = min(limits[j], bound)
    return limits


def _sorted(entries: Sequence[Entry], slots: Sequence[list[int]]) -> Sequence[list[int]]:
    """Sort each slot by kind, and by what is read: by leaves, which never move, then by the places of what is computed.

    So the order is the same in all rounds of a loop.
    """
    kinds: dict[Hashable, int] = {}
    places: dict[Ref, int] = {}
    for slot in slots:
        keys = {}
        for i in slot:
            entry = entries[i]
            read = [x for x in entry.reads if x.__class__ is not float]
            leaves = [x.serial for x in read if x.op is None]
            computed = [places[x] for x in read if x.op is not None]
            keys[i] = kinds.setdefault(entry.kind, len(kinds)), leaves, computed
        slot.sort(key=keys.__getitem__)
        for i in slot:
            places[entries[i].node] = len(places)
    return slots
