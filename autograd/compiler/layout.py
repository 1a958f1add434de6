"""Lay out an array program: group entries that are computed together, and give every number a row in a buffer.

There are two buffers: S has one number per row, for entries that do not depend on the arguments (constants, leaves, and
results computed from them), and V has one number per sample in each row. The entries of a group occupy adjacent rows,
in the order of their operands, so that most operands are slices.

The rounds of a loop occupy blocks of rows of one size, with a block before them for the numbers that the first round
reads. So a view in the body is the same in each round, but for a step of that size.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterator, Sequence
from itertools import chain, groupby, repeat
from operator import itemgetter
from typing import Any

import numpy as np

from autograd.compiler.groups import Group, Rounds
from autograd.compiler.ir import Rows, View
from autograd.compiler.padding import PADDING, is_padded, merged
from autograd.compiler.recurrences import Parts, Recurrence
from autograd.compiler.tape import Entry, Node, Ref, Standin, levels, places_read
from autograd.ops import power


class Layout:
    """The `parts` of a program in the order of computation, and the rows of its nodes.

    S begins with the `constants`, then come the `leaves` that are no parameters, and in the rows `theta` the
    parameters. V begins with the `arguments`, each a name and the numbers in it for one sample, whose rows are
    `argument_rows`. `sizes` are the numbers of rows of both. `ones` are rows of V that hold 1, each below signals that
    are multiplied by weights: next to the weights stands a bias, and w·x + b is the one product (w, b)·(x, 1).
    `padding` are rows of V with the same number for all samples, which change no sum.

    `batched` are the nodes with a number for each sample. Where the layout `is_single`, each entry is a group of its
    own, for a program on single numbers.
    """

    def __init__(
        self,
        parts: Parts,
        batched: Collection[Node],
        roots: Sequence[Node],
        arguments: Sequence[tuple[str, Sequence[Node]]],
        parameters: Sequence[Node],
        leaves: Sequence[Node],
        is_single: bool = False,
    ) -> None:
        self.is_single = is_single
        self._batched = set(batched)
        loops = [part for part in parts if isinstance(part, Recurrence)]
        for loop in loops:
            self._mark_batched(loop)
        entries = chain.from_iterable(part.body if isinstance(part, Recurrence) else part for part in parts)
        numbers = chain.from_iterable(entry.reads for entry in entries)
        lists = (refs for loop in loops for refs in (*(refs for _, refs in loop.each), loop.starts.values()))
        constants = (x for x in chain(numbers, *lists, roots) if x.__class__ is float)
        self._constants = {key: i for i, key in enumerate(dict.fromkeys(x.hex() for x in constants))}
        self.constants = list(map(float.fromhex, self._constants))
        self.leaves = leaves
        start = len(self.constants) + len(leaves)
        self.theta = slice(start, start + len(parameters))
        self.scalars = [*leaves, *parameters]
        self._rows: dict[Node, int] = {x: i for i, x in enumerate(self.scalars, len(self.constants))}
        self._steps: dict[Node, int] = {}
        self.sizes = {"S": self.theta.stop, "V": 0}
        self.ones: list[int] = []
        straight = [[] if isinstance(part, Recurrence) else self._merged(part) for part in parts]
        self._ones = {} if is_single else self._fold_biases([*chain(*straight)], [leaves for _, leaves in arguments])
        self.argument_rows = [(name, self._block(leaves, "V")) for name, leaves in arguments]
        self.padding = self._padding() if any(map(is_padded, chain(*chain(*straight)))) else {}
        self.parts: list[Group | Rounds] = []
        for part, groups in zip(parts, straight):
            self.parts += [self._rounds(part)] if isinstance(part, Recurrence) else self._straight(groups)

    @property
    def fixed(self) -> dict[int, float]:
        """The rows of V with the same number for all samples, and these numbers."""
        return {**dict.fromkeys(self.ones, 1.0), **self.padding}

    def leaf_rows(self, buffer: str) -> Rows:
        """Return the rows of the parameters in "S", or of the arguments in "V"."""
        slices = [self.theta] if buffer == "S" else [rows for _, rows in self.argument_rows]
        return np.concatenate([np.arange(0), *(np.arange(rows.start, rows.stop) for rows in slices)])

    def buffer(self, x: Ref) -> str:
        """Return the name of the buffer that `x` stands in."""
        return "V" if x in self._batched else "S"

    def row(self, x: Ref) -> int:
        """Return the row of `x` in its buffer; in a loop, that of the first round."""
        return self._constants[x.hex()] if x.__class__ is float else self._rows[x]

    def _mark_batched(self, loop: Recurrence) -> None:
        """Find what in a loop has a number for each sample."""
        batched = self._batched
        batched.update(x.node for x, node in zip(loop.body, loop.rounds[0]) if node in batched)
        batched.update(x for k, x in loop.before.items() if loop.body[k].node in batched)
        batched.update(x for x, refs in loop.each if not batched.isdisjoint(refs))

    def _padding(self) -> dict[int, float]:
        """Give the padding rows in V, and return their numbers."""
        self._batched.update(PADDING)
        rows = self._block([*PADDING], "V")
        return dict(zip(range(rows.start, rows.stop), PADDING.values()))

    def _merged(self, entries: Sequence[Entry]) -> list[list[Entry]]:
        groups = self._grouped(entries)
        return [*groups.values()] if self.is_single else [*merged(groups, self._batched)]

    def _grouped(self, entries: Sequence[Entry]) -> dict[tuple[Hashable, ...], list[Entry]]:
        """Return the entries of each group by what they have in common."""
        if self.is_single:
            return {(i,): [entry] for i, entry in enumerate(entries)}
        groups: dict[tuple[Hashable, ...], list[Entry]] = {}
        for level, entry in sorted(zip(levels(places_read(entries)), entries), key=itemgetter(0)):
            groups.setdefault((level, entry.batched, entry.reached, *self._kind(entry)), []).append(entry)
        return groups

    def _kind(self, entry: Entry) -> tuple[Hashable, ...]:
        """Return a key that all entries of a group share, after sorting the parts of sums by signs and places."""
        place = self._place
        if entry.op is not None:
            exponent = entry.inputs[1].hex() if entry.op is power else ""
            return entry.op, exponent, tuple(map(place, entry.inputs))
        entry.terms.sort(key=lambda term: (term[0], place(term[1])), reverse=True)
        pairs = [(sign, a, b) if place(a) <= place(b) else (sign, b, a) for sign, a, b in entry.pairs]
        entry.pairs = sorted(pairs, key=lambda pair: (-pair[0], place(pair[1]), place(pair[2])))
        terms = tuple((sign, place(x)) for sign, x in entry.terms)
        return None, terms, tuple((sign, place(a), place(b)) for sign, a, b in entry.pairs)

    def _place(self, x: Ref) -> tuple[str, int]:
        """Return the buffer of `x`, and by how many rows it moves in each round of a loop."""
        return self.buffer(x), 0 if x.__class__ is float else self._steps.get(x, 0)

    def _fold_biases(self, groups: Sequence[list[Entry]], arguments: Sequence[Sequence[Node]]) -> dict[Node, Node]:
        """Make the bias of each adder that reads a whole block of V a pair, with a 1 that will stand below the block.

        A block is an argument, or a group. Return those ones, by the members of their blocks.
        """
        adders = [group for group in groups if self._are_adders(group)]
        blocks = [*arguments, *([entry.node for entry in group] for group in groups)] if adders else []
        block_of = {node: block for block in blocks for node in block}
        ones: dict[Node, Node] = {}
        for group in adders:
            signals = [x for _, _, x in group[0].pairs]
            block = block_of.get(signals[0], ())
            if len(block) == len(signals) and set(block) == set(signals):
                one = ones.get(block[0]) or Standin()
                ones.update(dict.fromkeys(block, one))
                self._batched.add(one)
                group[:] = [_folded(entry, one) for entry in group]
        return ones

    def _are_adders(self, group: Sequence[Entry]) -> bool:
        """Check if all of a group are sums of the same signals times weights next to which their biases stand."""
        signals = [x for _, _, x in group[0].pairs]
        if not group[0].batched or len(group[0].terms) != 1 or not signals:
            return False
        if any(sign < 0 for sign, *_ in (*group[0].terms, *group[0].pairs)):
            return False
        if self.buffer(group[0].terms[0][1]) == "V" or any(self.buffer(w) == "V" for _, w, _ in group[0].pairs):
            return False
        rows = self._rows
        return all(
            [x for _, _, x in entry.pairs] == signals
            and entry.pairs[0][1] in rows
            and rows.get(entry.terms[0][1]) == rows[entry.pairs[0][1]] + len(signals)
            for entry in group
        )

    def _block(self, nodes: Sequence[Node], buffer: str) -> slice:
        """Give `nodes` adjacent rows, with a 1 below them where one is needed, and return the rows."""
        start = self.sizes[buffer]
        stop = self.sizes[buffer] = start + len(nodes)
        self._rows.update(zip(nodes, range(start, stop)))
        if nodes and nodes[0] in self._ones:
            self._rows[self._ones[nodes[0]]] = stop
            self.ones.append(stop)
            self.sizes[buffer] += 1
        return slice(start, stop)

    def _straight(self, groups: Sequence[list[Entry]]) -> Iterator[Group]:
        for entries in groups:
            entries.sort(key=self._order)
            self._block([entry.node for entry in entries], self.buffer(entries[0].node))
            yield self._group(entries)

    def _order(self, entry: Entry) -> tuple[int, ...]:
        if entry.pairs:
            _, a, b = entry.pairs[0]
            return self.row(b), self.row(a)
        return tuple(self.row(x) for x in (*entry.inputs[:1], *(x for _, x in entry.terms[:1])))

    def _rounds(self, loop: Recurrence) -> Rounds:
        """Give the numbers of all rounds their rows, and return the groups of the body."""
        steps = self._steps_of(loop)
        copied = [(x, refs) for x, refs in loop.each if not steps[x]]
        sizes = Counter(map(self.buffer, [*(entry.node for entry in loop.body), *(x for x, _ in copied)]))
        for x, refs in loop.each:
            self._rows[x], self._steps[x] = self.row(refs[0]), steps[x]  # copies get other rows below
        for x in (*(entry.node for entry in loop.body), *loop.before.values(), *(x for x, _ in copied)):
            self._steps[x] = sizes[self.buffer(x)]
        groups, starts = [*self._grouped(loop.body).values()], dict(self.sizes)
        for buffer, size in sizes.items():
            self.sizes[buffer] += size  # for what the first round reads of the round before
        for nodes in (*([entry.node for entry in entries] for entries in groups), *([x] for x, _ in copied)):
            self._block(nodes, self.buffer(nodes[0]))
        for buffer, size in sizes.items():
            self.sizes[buffer] = starts[buffer] + size * (len(loop.rounds) + 1)
        for k, x in loop.before.items():
            self._rows[x] = self._rows[loop.body[k].node] - self._steps[x]
        rows = [(self._rows[entry.node], self._steps[entry.node]) for entry in loop.body]
        for i, made in enumerate(loop.rounds):
            self._rows.update(zip(made, [row + i * step for row, step in rows]))
        return Rounds(len(loop.rounds), self._copies(loop, copied), [self._group(entries) for entries in groups])

    def _steps_of(self, loop: Recurrence) -> dict[Node, int]:
        """Return by how many rows what is listed moves in each round, or 0 where it has to be copied.

        Programs on single numbers have variables for the gradients of what they read, so they read no row twice.
        """
        steps, read = (
            {},
            {self._rows.get(x, -1) for entry in loop.body for x in entry.reads if x.__class__ is not float},
        )
        for x, refs in loop.each:
            rows = set(map(self.row, refs))
            steps[x] = self._step_of(refs) if not self.is_single or read.isdisjoint(rows) else 0
            if steps[x]:
                read |= rows
        return steps

    def _step_of(self, refs: Sequence[Ref]) -> int:
        """Return by how many rows the `refs` of a loop move in each round, or 0 if they do not move evenly."""
        rows = np.array([self.row(x) for x in refs])
        step = int(rows[1] - rows[0])
        is_even = (np.diff(rows) == step).all() and len(set(map(self.buffer, refs))) == 1
        return step if is_even and step > 0 else 0

    def _copies(self, loop: Recurrence, copied: Sequence[tuple[Node, Sequence[Ref]]]) -> list[tuple[View, View]]:
        """Return where copies are made before a loop, and of what: where it starts, and numbers at scattered places."""
        made = [(self.buffer(x), self._rows[x], loop.starts[k]) for k, x in loop.before.items()]
        made += [
            (self.buffer(x), self._rows[x] + i * self._steps[x], ref)
            for x, refs in copied
            for i, ref in enumerate(refs)
        ]
        kinds: dict[tuple[str, str], list[tuple[int, int]]] = {}
        for buffer, row, ref in sorted(made, key=lambda copy: copy[:2]):
            kinds.setdefault((buffer, self.buffer(ref)), []).append((row, self.row(ref)))
        return [
            (View(to, np.array(rows)[:, 0]), View(source, np.array(rows)[:, 1])) for (to, source), rows in kinds.items()
        ]

    def _group(self, entries: Sequence[Entry]) -> Group:
        first = entries[0]
        rows = np.array([self._rows[entry.node] for entry in entries])
        target = View(self.buffer(first.node), rows, self._steps.get(first.node, 0))
        inputs = [view for _, view in self._views([[(x,) for x in entry.inputs] for entry in entries])]
        if first.op is not None and not first.op.variadic:
            inputs = [column for view in inputs for column in view.columns]
        terms = self._views([[(x,) for _, x in entry.terms] for entry in entries], [sign for sign, _ in first.terms])
        pairs = self._views([[(a, b) for _, a, b in e.pairs] for e in entries], [sign for sign, _, _ in first.pairs])
        return Group(first.op, target, inputs, terms, pairs)

    def _views(
        self, entries: Sequence[Sequence[tuple[Ref, ...]]], signs: Sequence[float] | None = None
    ) -> list[tuple[Any, ...]]:
        """Return the sign and the views of as many adjacent columns as have their signs and places in common."""
        found = []
        columns = [(sign, [self._place(x) for x in column]) for sign, column in zip(signs or repeat(1.0), entries[0])]
        for (sign, places), block in groupby(range(len(columns)), columns.__getitem__):
            numbers = list(block)
            part = slice(numbers[0], numbers[-1] + 1)
            rows = np.array([[[self.row(x) for x in column] for column in entry[part]] for entry in entries])
            found.append((sign, *(View(buffer, rows[..., i], step) for i, (buffer, step) in enumerate(places))))
        return found


def _folded(entry: Entry, one: Node) -> Entry:
    """Return the sum with its only term as a product with the node `one`."""
    ((_, bias),) = entry.terms
    folded = Entry(entry.node, None, (), entry.batched)
    folded.pairs = [*entry.pairs, (1.0, bias, one)]
    folded.finish(entry.reached)
    return folded
