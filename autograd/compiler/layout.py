"""Lay out an array program: group entries that are computed together, and give every number a row in a buffer.

There are two buffers: S has one number per row, for entries that do not depend on the arguments (constants, leaves, and
results computed from them), and V has one number per sample in each row. The entries of a group occupy adjacent rows,
in the order of their operands, so that most operands are slices.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np

from autograd.compiler.symbols import Symbol
from autograd.compiler.tape import Entry, Ref, Tape
from autograd.operation import Op
from autograd.ops import power

Rows = np.ndarray[Any, np.dtype[np.intp]]


class Indices(NamedTuple):
    """A matrix of indices into the rows of one buffer, "S" or "V": one row of it for each entry of a group."""

    buffer: str
    rows: Rows


class Group(NamedTuple):
    """Entries of one kind that one statement computes, into rows of a buffer that begin at `start`.

    Indices have a row for each entry, and a column for each input in it: for an operation a single one, for a variadic
    one as many as there are inputs, for a sum one for each term in `inputs` and each product in `pairs`.
    """

    entries: Sequence[Entry]
    buffer: str
    start: int
    inputs: Sequence[Indices]
    pairs: Sequence[tuple[Indices, Indices]]

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
    def reads(self) -> list[Indices]:
        """All that it reads."""
        return [*self.inputs, *(indices for pair in self.pairs for indices in pair)]


class Layout:
    """The `groups` of a tape in the order of computation, and the rows of its nodes.

    S begins with the `constants`, then come the `leaves` that are no parameters, and in the rows `theta` the
    parameters. V begins with the `arguments`, each a name and the numbers in it for one sample, whose rows are
    `argument_rows`. `sizes` are the numbers of rows of both. `ones` are rows of V that hold 1, each below signals that
    are multiplied by weights: next to the weights stands a bias, and w·x + b is the one product (w, b)·(x, 1).
    """

    def __init__(
        self, tape: Tape, arguments: Sequence[tuple[str, Sequence[Symbol]]], parameters: Sequence[Symbol]
    ) -> None:
        self._batched = tape.batched
        constants = (float(x) for entry in tape.entries for x in entry.reads if x.__class__ is float)
        self._constants = {key: i for i, key in enumerate(dict.fromkeys(x.hex() for x in constants))}
        self.constants = list(map(float.fromhex, self._constants))
        known = set(parameters)
        self.leaves = [leaf for leaf in tape.leaves if leaf not in known]
        start = len(self._constants) + len(self.leaves)
        self.theta = slice(start, start + len(parameters))
        self.scalars = [*self.leaves, *parameters]
        self._rows: dict[Symbol, int] = {x: i for i, x in enumerate(self.scalars, len(self._constants))}
        self.sizes = {"S": self.theta.stop, "V": 0}
        self.ones: list[int] = []
        groups = self._grouped(tape.entries)
        self._ones = self._fold_biases(groups, [leaves for _, leaves in arguments])
        self.argument_rows = [(name, self._block(leaves, "V")) for name, leaves in arguments]
        self.groups = [self._place(entries) for entries in groups]

    def leaf_rows(self, buffer: str) -> Rows:
        """Return the rows of the parameters in "S", or of the arguments in "V"."""
        slices = [self.theta] if buffer == "S" else [rows for _, rows in self.argument_rows]
        return np.concatenate([np.arange(0), *(np.arange(rows.start, rows.stop) for rows in slices)])

    def buffer(self, x: Ref) -> str:
        """Return the name of the buffer that `x` stands in."""
        return "V" if x.__class__ is not float and x in self._batched else "S"

    def row(self, x: Ref) -> int:
        """Return the row of `x` in its buffer."""
        return self._rows[x] if x.__class__ is not float else self._constants[float(x).hex()]

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

    def _fold_biases(
        self, groups: Sequence[Sequence[Entry]], arguments: Sequence[Sequence[Symbol]]
    ) -> dict[Symbol, Symbol]:
        """Make the bias of each adder that reads a whole block of V a pair, with a 1 that will stand below the block.

        A block is an argument, or a group. Return those ones, by the members of their blocks.
        """
        adders = [group for group in groups if self._are_adders(group)]
        blocks = [*arguments, *([entry.node for entry in group] for group in groups)] if adders else []
        block_of = {node: block for block in blocks for node in block}
        ones: dict[Symbol, Symbol] = {}
        for group in adders:
            signals = [x for _, x in group[0].pairs]
            block = block_of.get(signals[0], ())
            if len(block) == len(signals) and set(block) == set(signals):
                one = ones.get(block[0], Symbol())
                ones.update(dict.fromkeys(block, one))
                self._batched.add(one)
                for entry in group:
                    entry.pairs.append((entry.inputs.pop(), one))
        return ones

    def _are_adders(self, group: Sequence[Entry]) -> bool:
        """Say whether all of a group are sums of the same signals times weights next to which their biases stand."""
        signals = [x for _, x in group[0].pairs]
        if not group[0].batched or len(group[0].inputs) != 1 or not signals:
            return False
        if self.buffer(group[0].inputs[0]) == "V" or any(self.buffer(w) == "V" for w, _ in group[0].pairs):
            return False
        rows = self._rows
        return all(
            [x for _, x in entry.pairs] == signals
            and entry.pairs[0][0] in rows
            and rows.get(entry.inputs[0]) == rows[entry.pairs[0][0]] + len(signals)
            for entry in group
        )

    def _block(self, nodes: Sequence[Symbol], buffer: str) -> slice:
        """Give `nodes` adjacent rows, with a 1 below them where one is needed, and return the rows."""
        start = self.sizes[buffer]
        stop = self.sizes[buffer] = start + len(nodes)
        self._rows.update(zip(nodes, range(start, stop)))
        if nodes and nodes[0] in self._ones:
            self._rows[self._ones[nodes[0]]] = stop
            self.ones.append(stop)
            self.sizes[buffer] += 1
        return slice(start, stop)

    def _place(self, entries: list[Entry]) -> Group:
        """Give the entries of a group their rows, in the order of what they read, and return the group."""
        entries.sort(key=self._order)
        buffer = "V" if entries[0].batched else "S"
        start = self._block([entry.node for entry in entries], buffer).start
        inputs = [indices[0] for indices in self._indices([[(x,) for x in entry.inputs] for entry in entries])]
        op = entries[0].op
        if op is not None and not op.variadic:
            inputs = [Indices(t.buffer, t.rows[:, i : i + 1]) for t in inputs for i in range(t.rows.shape[1])]
        pairs = self._indices([entry.pairs for entry in entries])
        return Group(entries, buffer, start, inputs, [(a, b) for a, b in pairs])

    def _indices(self, entries: Sequence[Sequence[tuple[Ref, ...]]]) -> Iterator[list[Indices]]:
        """Yield indices of as many adjacent columns as stand in the same buffers, one for each part of a column."""
        start = 0
        for buffers, block in groupby(tuple(map(self.buffer, column)) for column in entries[0]):
            stop = start + len(list(block))
            yield [
                Indices(buffer, np.array([[self.row(column[i]) for column in entry[start:stop]] for entry in entries]))
                for i, buffer in enumerate(buffers)
            ]
            start = stop

    def _order(self, entry: Entry) -> tuple[int, ...]:
        if entry.pairs:
            a, b = entry.pairs[0]
            return self.row(b), self.row(a)
        return tuple(map(self.row, entry.inputs[:1]))
