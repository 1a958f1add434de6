"""Normal form of a recorded graph: nested sums flattened, products kept as pairs.

    s = w0*x0 + w1*x1 + b      is recorded as four nodes, and is one entry: the pairs (w0, x0), (w1, x1) and the term b

An entry is *batched* if it depends on the arguments, and so has a value for each sample. Its *level* is one more than
the highest level of its operands: entries of one level can be computed together. It is *reached* by the backward pass
unless only comparisons read it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from itertools import chain
from typing import Any

from autograd.compiler.symbols import Symbol
from autograd.operation import Op
from autograd.ops import COMPARISONS, add, dot, mean, mul, total

Ref = Any  # a node, or a float for a constant
_SUMS = (add, total, dot, mean)


class Entry:
    """What computes `node`: `op` on `inputs`; where that is None, a sum of products (`pairs`) and `inputs`, divided."""

    __slots__ = ("batched", "divisor", "inputs", "level", "node", "op", "pairs", "reached")

    def __init__(self, node: Symbol, op: Op | None, inputs: list[Ref], batched: bool) -> None:
        self.node, self.op, self.inputs, self.batched = node, op, inputs, batched
        self.pairs: list[tuple[Ref, Ref]] = []
        self.divisor, self.level, self.reached = 1, 0, False

    @property
    def reads(self) -> list[Ref]:
        """All that it reads."""
        return [*self.inputs, *chain.from_iterable(self.pairs)] if self.pairs else self.inputs


class Tape:
    """The entries of the graph of `roots`, in the order of computation; `arguments` are the leaves that are batched.

    `leaves` are all other leaves. `batched` are the nodes that have a value for each sample.
    """

    def __init__(self, order: Sequence[Symbol], roots: Sequence[Symbol], arguments: Collection[Symbol]) -> None:
        self.batched = set(arguments)
        self.leaves: list[Symbol] = []
        self._uses = Counter(chain.from_iterable(node.inputs for node in order))
        self._uses.update(roots)
        entries: dict[Symbol, Entry] = {}
        for node in order:
            if node.op is not None:
                entries[node] = self._entry(node, node.op, entries)
            elif node not in self.batched:
                self.leaves.append(node)
        self.entries = list(entries.values())
        self._set_levels()
        self._set_reached(roots)

    def _entry(self, node: Symbol, op: Op, entries: dict[Symbol, Entry]) -> Entry:
        batched = not self.batched.isdisjoint(node.inputs)
        if batched:
            self.batched.add(node)
        if op not in _SUMS:
            return Entry(node, op, list(node.inputs), batched)
        entry = Entry(node, None, [], batched)
        if op is dot:
            n = len(node.inputs) // 2
            entry.pairs = list(zip(node.inputs[:n], node.inputs[n:-1]))
            self._absorb(entry, node.inputs[-1:], entries)
        else:
            self._absorb(entry, node.inputs, entries)
        if op is mean:
            entry.divisor = len(node.inputs)
        return entry

    def _absorb(self, entry: Entry, terms: Sequence[Ref], entries: dict[Symbol, Entry]) -> None:
        """Add `terms` to a sum: sums and products that nothing else reads become part of it."""
        for x in terms:
            inner = entries.get(x) if x.__class__ is not float and self._uses[x] == 1 else None
            if inner is None or inner.batched != entry.batched or inner.divisor != 1:
                if x.__class__ is not float or x:  # adding 0 changes nothing
                    entry.inputs.append(x)
            elif inner.op is None:
                del entries[x]
                if len(inner.inputs) + len(inner.pairs) > len(entry.inputs) + len(entry.pairs):  # append the shorter
                    entry.inputs, inner.inputs = inner.inputs, entry.inputs
                    entry.pairs, inner.pairs = inner.pairs, entry.pairs
                entry.inputs += inner.inputs
                entry.pairs += inner.pairs
            elif inner.op is mul:
                del entries[x]
                entry.pairs.append((inner.inputs[0], inner.inputs[1]))
            else:
                entry.inputs.append(x)

    def _set_levels(self) -> None:
        levels: dict[Ref, int] = {}
        for entry in self.entries:
            entry.level = levels[entry.node] = 1 + max([levels.get(x, 0) for x in entry.reads], default=0)

    def _set_reached(self, roots: Sequence[Symbol]) -> None:
        reached = set(roots)
        for entry in reversed(self.entries):
            entry.reached = entry.node in reached
            if entry.reached and entry.op not in COMPARISONS:
                reached.update(x for x in entry.reads if x.__class__ is not float)
