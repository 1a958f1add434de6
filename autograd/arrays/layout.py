"""The layout of an array program: entries that are computed together, and the rows where all numbers stand.

There are two buffers: S with one number a row, for what does not depend on the arguments (constants, leaves, and what
is computed of them), and V with a number for each sample. The entries of a group have rows side by side, in the order
of what they read, so that most operands are slices.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np

from autograd.arrays.tape import Entry, Ref, Tape
from autograd.operation import Op
from autograd.ops import power
from autograd.value import Value

Rows = np.ndarray[Any, np.dtype[np.intp]]


class Table(NamedTuple):
    """Rows of one buffer, "S" or "V", that are read together: a row of the table for each entry of a group."""

    buffer: str
    rows: Rows


class Group(NamedTuple):
    """Entries of one kind that one statement computes, into rows of a buffer that begin at `start`.

    Each table has a row for each entry, and a column for each input in it: for an operation a single one, for a
    variadic one as many as there are inputs, for a sum one for each term in `inputs` and each product in `pairs`.
    """

    entries: Sequence[Entry]
    buffer: str
    start: int
    inputs: Sequence[Table]
    pairs: Sequence[tuple[Table, Table]]

    @property
    def rows(self) -> Rows:
        """The rows of the entries."""
        return np.arange(self.start, self.start + len(self.entries))

    @property
    def op(self) -> Op | None:
        """The operation, or None for a sum."""
        return self.entries[0].op

    @property
    def divisor(self) -> int:
        """What a sum is divided by."""
        return self.entries[0].divisor

    @property
    def tables(self) -> list[Table]:
        """All that it reads."""
        return [*self.inputs, *(table for pair in self.pairs for table in pair)]


class Layout:
    """The `groups` of a tape in the order of computation, and the rows of its nodes.

    S begins with the `constants`, then come the `leaves` that are no parameters, and from the row `theta` on the
    parameters. V begins with the arguments, whose names are `arguments`. `sizes` are the numbers of rows of both.
    """

    def __init__(
        self, tape: Tape, arguments: Sequence[Value], parameters: Sequence[Value], names: Sequence[str] = ()
    ) -> None:
        self._batched = tape.batched
        self.arguments = list(names) or [f"x{i}" for i in range(len(arguments))]
        constants = (float(x) for entry in tape.entries for x in entry.reads if x.__class__ is not Value)
        self._constants = {key: i for i, key in enumerate(dict.fromkeys(x.hex() for x in constants))}
        known = set(parameters)
        self.leaves = [leaf for leaf in tape.leaves if leaf not in known]
        self.theta = len(self._constants) + len(self.leaves)
        self.scalars = [*self.leaves, *parameters]
        self.parameters = len(parameters)
        self._rows: dict[Value, int] = {x: i for i, x in enumerate(self.scalars, len(self._constants))}
        self._rows |= {x: i for i, x in enumerate(arguments)}
        self.sizes = {"S": self.theta + len(parameters), "V": len(arguments)}
        self.groups = [self._place(entries) for entries in self._grouped(tape.entries)]

    @property
    def constants(self) -> list[float]:
        """The constants, in the order of their rows."""
        return list(map(float.fromhex, self._constants))

    def argument_rows(self) -> list[tuple[str, slice]]:
        """Return each argument's name with its rows in V."""
        found, start = [], 0
        for name, rows in groupby(self.arguments):
            stop = start + len(list(rows))
            found.append((name, slice(start, stop)))
            start = stop
        return found

    def buffer(self, x: Ref) -> str:
        """Return the name of the buffer that `x` stands in."""
        return "V" if x.__class__ is Value and x in self._batched else "S"

    def row(self, x: Ref) -> int:
        """Return the row of `x` in its buffer."""
        return self._rows[x] if x.__class__ is Value else self._constants[float(x).hex()]

    def _grouped(self, entries: Sequence[Entry]) -> list[list[Entry]]:
        groups: dict[Hashable, list[Entry]] = {}
        for entry in entries:
            groups.setdefault((entry.level, entry.batched, entry.reached, *self._kind(entry)), []).append(entry)
        return sorted(groups.values(), key=lambda group: group[0].level)

    def _kind(self, entry: Entry) -> tuple[Hashable, ...]:
        """Return what entries of one group have in common; the terms of a sum are sorted by their buffers before."""
        if entry.op is not None:
            exponent = float(entry.inputs[1]).hex() if entry.op is power else ""
            return entry.op, exponent, tuple(map(self.buffer, entry.inputs))
        entry.inputs.sort(key=self.buffer, reverse=True)
        entry.pairs = [(a, b) if self.buffer(a) <= self.buffer(b) else (b, a) for a, b in entry.pairs]
        entry.pairs.sort(key=lambda pair: self.buffer(pair[0]) + self.buffer(pair[1]))
        pairs = tuple(self.buffer(a) + self.buffer(b) for a, b in entry.pairs)
        return None, entry.divisor, tuple(map(self.buffer, entry.inputs)), pairs

    def _place(self, entries: list[Entry]) -> Group:
        """Give the entries of a group their rows, in the order of what they read, and return the group."""
        entries.sort(key=self._order)
        buffer = "V" if entries[0].batched else "S"
        start = self.sizes[buffer]
        self.sizes[buffer] += len(entries)
        self._rows.update({entry.node: row for row, entry in enumerate(entries, start)})
        inputs = [tables[0] for tables in self._tables([[(x,) for x in entry.inputs] for entry in entries])]
        op = entries[0].op
        if op is not None and not op.variadic:
            inputs = [Table(t.buffer, t.rows[:, i : i + 1]) for t in inputs for i in range(t.rows.shape[1])]
        pairs = self._tables([entry.pairs for entry in entries])
        return Group(entries, buffer, start, inputs, [(a, b) for a, b in pairs])

    def _tables(self, entries: Sequence[Sequence[tuple[Ref, ...]]]) -> Iterator[list[Table]]:
        """Yield tables of as many adjacent columns as stand in the same buffers, one for each part of a column."""
        start = 0
        for buffers, block in groupby(tuple(map(self.buffer, column)) for column in entries[0]):
            stop = start + len(list(block))
            yield [
                Table(buffer, np.array([[self.row(column[i]) for column in entry[start:stop]] for entry in entries]))
                for i, buffer in enumerate(buffers)
            ]
            start = stop

    def _order(self, entry: Entry) -> tuple[int, ...]:
        if entry.pairs:
            a, b = entry.pairs[0]
            return self.row(b), self.row(a)
        return tuple(map(self.row, entry.inputs[:1]))
