"""Choose how to compute a graph: by arrays or by single numbers, with loops or without."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from autograd.compiler.accumulators import accumulated
from autograd.compiler.native import VECTOR
from autograd.compiler.recurrences import Parts, Recurrence, apart, split
from autograd.compiler.tape import Entry, Node, Tape, levels, places_read
from autograd.operation import Op
from autograd.ops import COMPARISONS, dot, logsumexp

_MIN_WIDE = 100  # operations per group that are computed by arrays in any case
_MIN_GROUPS = 200  # a program with fewer groups is short enough without loops
_MAX_FLOAT = 50_000  # operations on floats that Python compiles in a second or two
_MAX_NATIVE = 25_000  # operations that LLVM compiles in two seconds
# Microseconds, with gradients: of a call and a group of an array program, and of an operation in it, less in products
# of matrices; of an operation on floats, and in machine code, for a few samples and for many; of a function, such as
# exp, for both; and of compiling an operation, if there are 10,000 calls.
_CALL, _GROUP, _ELEMENT, _PRODUCT = 10.0, 5.0, 0.004, 0.0002
_FLOAT, _NATIVE, _VECTOR, _FUNCTION, _COMPILED = 0.055, 0.002, 0.0006, 0.012, 0.01
_MAX_SHORT = 100.0  # microseconds: a shorter array program is used in any case, because it is the easiest to read,
_MAX_NARROW = 8  # except for a single sample and fewer operations per group than this


class Plan:
    """The `parts` of a graph for an array program, and `recurrences` for a program on single numbers.

    `order` are its nodes, in the order of computation, and `batched` the leaves that have a number for each sample,
    to which computed nodes are added. Loops take less time to compile. They are used where they execute about as many
    statements as a program without loops, which may compute many rounds at once.
    """

    def __init__(self, order: Sequence[Node], roots: Collection[Node], batched: Collection[Node]) -> None:
        nodes = [node for node in order if node.op is not None]
        tape = Tape(nodes, roots, set(batched))
        self.batched = tape.batched
        self._work = _work(nodes)
        self._products = _work(node for node in nodes if node.op is dot)
        self._functions = _work(node for node in nodes if _is_function(node.op))
        self.parts: Parts = [tape.entries]
        self._groups = _groups(tape.entries)
        is_wide = self._groups < _MIN_GROUPS and self._work >= _MIN_WIDE * self._groups
        repeated = self.parts if is_wide else split(tape.entries)
        self.recurrences = accumulated(repeated)
        if self._groups >= _MIN_GROUPS:
            parts = apart(repeated)
            rolled = sum(_groups_in(part) for part in parts)
            if rolled < 2 * self._groups:
                self.parts, self._groups = parts, rolled
        self._length = sum(
            max(1, len(entry.reads) - 1)
            for part in self.recurrences
            for entry in (part.body if isinstance(part, Recurrence) else part)
        )

    @property
    def is_short(self) -> bool:
        """Whether the program on single numbers is short enough for machine code."""
        return self._length <= _MAX_NATIVE

    def engine(self, samples: int, has_native: bool) -> str:
        """Return what computes so many samples the fastest: "arrays", "floats" or "native" code."""
        functions = _FUNCTION * self._functions
        elements = _ELEMENT * (self._work - self._products) + _PRODUCT * self._products + functions
        costs = {"arrays": _CALL + _GROUP * self._groups + elements * samples}
        if costs["arrays"] < _MAX_SHORT and (samples > 1 or self._work >= _MAX_NARROW * self._groups):
            return "arrays"
        if self._length <= _MAX_FLOAT:
            costs["floats"] = _FLOAT * self._work * samples
        if has_native:
            operations = (_VECTOR if samples >= VECTOR else _NATIVE) * self._work + functions
            costs["native"] = _CALL + operations * samples + _COMPILED * self._length
        return min(costs, key=costs.__getitem__)


def _work(nodes: Iterable[Node]) -> int:
    """Return the number of operations on two numbers."""
    return sum(max(1, len(node.inputs) - 1) for node in nodes)


def _is_function(op: Op) -> bool:
    """Check if an operation is a function, such as exp, and not arithmetic or a choice, such as relu."""
    return not (op.infix or op.kinks or op in COMPARISONS or (op.variadic and op is not logsumexp))


def _groups_in(part: Recurrence | Sequence[Entry]) -> int:
    return _groups(part.body) * len(part.rounds) if isinstance(part, Recurrence) else _groups(part)


def _groups(entries: Sequence[Entry]) -> int:
    return len({(level, entry.op) for level, entry in zip(levels(places_read(entries)), entries)})
