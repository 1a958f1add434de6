"""Normal form of recorded nodes: nested sums flattened, with signs, and products kept as pairs.

    s = w0*x0 + w1*x1 - b      is recorded as four nodes, and is one entry: the pairs (w0, x0), (w1, x1) and the term -b

An entry is *batched* if it depends on the arguments, and so has a value for each sample. It is *reached* by the
backward pass unless only comparisons read it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Sequence
from itertools import chain
from typing import Any

from autograd.operation import Op
from autograd.ops import COMPARISONS, add, div, dot, mean, mul, neg, power, sub, total

Node = Any  # a symbol, or what stands for one in a loop
Ref = Any  # a node, or a float for a constant
_SIGNS = {add: (1.0, 1.0), sub: (1.0, -1.0), neg: (-1.0,)}


class Standin:
    """A node that was not recorded: of the normal form, or of the body of a loop."""

    __slots__ = ("inputs", "op")

    def __init__(self, op: Op | None = None, inputs: tuple[Ref, ...] = ()) -> None:
        self.op, self.inputs = op, inputs


class Entry:
    """What computes `node`: `op` on `inputs`; or, where that is None, a sum of `terms` and of products, `pairs`.

    Each term is a sign and a node or number, each pair a sign and two of them. `reads` are all that it reads, in this
    order. Entries of the same `kind` do the same, whatever they read.
    """

    __slots__ = ("batched", "inputs", "kind", "node", "op", "pairs", "reached", "reads", "sign", "terms")

    kind: Hashable

    def __init__(self, node: Node, op: Op | None, inputs: Sequence[Ref], batched: bool) -> None:
        self.node, self.op, self.inputs, self.batched = node, op, inputs, batched
        self.terms: list[tuple[float, Ref]] = []
        self.pairs: list[tuple[float, Ref, Ref]] = []
        self.reads: Sequence[Ref] = ()
        self.reached = False
        self.sign = 1.0  # of all parts, until the entry is settled

    def take(self, sign: float, other: Entry) -> None:
        """Add the parts of another sum times a sign: the shorter one to the longer one, in linear time."""
        if len(other.terms) + len(other.pairs) > len(self.terms) + len(self.pairs):
            self.terms, other.terms = other.terms, self.terms
            self.pairs, other.pairs = other.pairs, self.pairs
            self.sign, other.sign = sign * other.sign, self.sign
        else:
            other.sign *= sign
        other.sign *= self.sign
        other.settle()
        self.terms += other.terms
        self.pairs += other.pairs

    def settle(self) -> None:
        """Give each part its sign."""
        if self.sign < 0:
            self.terms = [(-sign, x) for sign, x in self.terms]
            self.pairs = [(-sign, a, b) for sign, a, b in self.pairs]
            self.sign = 1.0

    def finish(self, reached: bool) -> None:
        """Set what follows from the other fields."""
        self.reached = reached
        if self.op is None:
            self.settle()
            self.reads = reads = [x for _, x in self.terms]
            for _, a, b in self.pairs:
                reads += (a, b)
            signs = tuple([sign for sign, _ in self.terms]), tuple([sign for sign, _, _ in self.pairs])
            self.kind = *signs, self.batched, reached
        else:
            self.reads = self.inputs
            exponent = self.inputs[1].hex() if self.op is power else ""
            self.kind = self.op, len(self.inputs), exponent, self.batched, reached

    def copy(self, node: Node, reads: Iterable[Ref]) -> Entry:
        """Return an entry that does the same, for another node and other `reads`."""
        new, x = Entry(node, self.op, (), self.batched), iter(reads)
        new.inputs = [next(x) for _ in self.inputs]
        new.terms = [(sign, next(x)) for sign, _ in self.terms]
        new.pairs = [(sign, next(x), next(x)) for sign, _, _ in self.pairs]
        new.finish(self.reached)
        return new


class Tape:
    """The entries of `nodes`, in the order of computation.

    Nodes that are `kept` have entries of their own, because they are read elsewhere. `batched` are the nodes that have
    a value for each sample; those of the tape are added.
    """

    def __init__(self, nodes: Sequence[Node], kept: Collection[Node], batched: set[Node]) -> None:
        self.batched = batched
        self._uses = Counter(chain.from_iterable(node.inputs for node in nodes))
        self._uses.update(kept)
        self._open: dict[Node, Entry] = {}
        for node in nodes:
            self._add(node)
        self.entries = list(self._open.values())
        self._finish(kept)

    def _add(self, node: Node) -> None:
        op, inputs = node.op, node.inputs
        if op is mean:
            whole = Standin(total, inputs)
            self._uses[whole] = 2  # it is no part of another sum
            self._add(whole)
            op, inputs = div, (whole, float(len(inputs)))
        is_batched = node in self.batched or not self.batched.isdisjoint(inputs)
        if is_batched:
            self.batched.add(node)
        if op not in (add, sub, neg, total, dot):
            self._open[node] = Entry(node, op, inputs, is_batched)
            return
        entry = self._open[node] = Entry(node, None, (), is_batched)
        if op is dot:
            n = len(inputs) // 2
            entry.pairs = [(1.0, a, b) for a, b in zip(inputs[:n], inputs[n:-1])]
            inputs = inputs[-1:]
        for sign, x in zip(_SIGNS.get(op) or [1.0] * len(inputs), inputs):
            self._absorb(entry, sign, x)

    def _absorb(self, entry: Entry, sign: float, x: Ref) -> None:
        """Add a term to a sum: a sum or a product that nothing else reads becomes part of it."""
        inner = self._open.get(x) if self._uses[x] == 1 else None
        if inner is None or inner.batched != entry.batched or inner.op not in (None, mul):
            if x.__class__ is not float or x:  # adding 0 changes nothing
                entry.terms.append((sign * entry.sign, x))
            return
        del self._open[x]
        if inner.op is mul:
            entry.pairs.append((sign * entry.sign, *inner.inputs))
        else:
            entry.take(sign, inner)

    def _finish(self, kept: Collection[Node]) -> None:
        reached = set(kept)
        for entry in reversed(self.entries):
            entry.finish(entry.node in reached)
            if entry.reached and entry.op not in COMPARISONS:
                reached.update(entry.reads)


def places_read(entries: Sequence[Entry]) -> list[list[int]]:
    """Return the places of those entries that each of them reads."""
    places = {entry.node: i for i, entry in enumerate(entries)}
    return [[places[x] for x in entry.reads if x in places] for entry in entries]


def levels(reads: Sequence[Sequence[int]]) -> list[int]:
    """Return one more than the highest level of what is read, for each entry: those of one level are independent."""
    found: list[int] = []
    for places in reads:
        found.append(1 + max([found[i] for i in places], default=0))
    return found
