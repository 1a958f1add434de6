"""`random_exercise`: invents an exercise of one of four levels, with numbers that are friendly to paper."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from autograd import ops
from autograd.backpropagation import propagate, topological
from autograd.modes import recording
from autograd.operation import Op
from autograd.testing.by_hand.exercises import Exercise, exercise
from autograd.testing.by_hand.marking import close
from autograd.value import Value

_MOST_TRIES = 2_000
_DIGITS = 4
_BRANCHES = (ops.relu, ops.maximum, ops.minimum)
_INPUTS = {ops.power: 1, ops.mean: 2, ops.dot: 4}  # of operations that could have another number of them
_LEAVES, _LETTERS = "abc", "dfghjkmnpqr"  # without those that stand for numbers, or look like them


def _is_short(x: float) -> bool:
    return abs(x) <= 100 and round(x, 2) == x


def _is_moderate(x: float) -> bool:
    return 0.05 <= abs(x) <= 20


class _Level(NamedTuple):
    """What is `taught` beside sums, differences and products: at least two of these operations, or `least`, occur."""

    operations: int  # in all
    taught: Sequence[Op]
    least: int = 2
    is_shared: bool = True  # so that a node is read more than once
    sizes: Sequence[float] = range(2, 7)  # of the leaves
    is_friendly: Callable[[float], bool] = _is_short


_LEVELS = {
    1: _Level(3, [ops.mul], least=1, is_shared=False),
    2: _Level(5, [ops.power, *_BRANCHES]),
    3: _Level(7, [ops.div, ops.mean, ops.abs, ops.dot]),
    4: _Level(
        6,
        [ops.tanh, ops.sigmoid, ops.exp, ops.log],
        sizes=[n / 10 for n in range(3, 20)],
        is_friendly=_is_moderate,
    ),
}


def random_exercise(level: int, rng: random.Random) -> Exercise:
    """Invent an exercise of a `level` from 1 to 4, with numbers drawn by `rng` that are friendly to paper.

    >>> sheet = random_exercise(1, random.Random(6))
    >>> print(sheet)
    Gradients of L
    ==============
    <BLANKLINE>
    Given: a = 2, b = 6, c = 5.
    <BLANKLINE>
    Work backward, and fill in the gradient of L by each node: L, f, d, c, b, a.
    <BLANKLINE>
    node  formula  value  gradient
    ----  -------  -----  --------
    a     given    2      ______
    b     given    6      ______
    c     given    5      ______
    d     2 - c    -3     ______
    f     b - d    9      ______
    L     a·f      18     ______
    >>> sheet.mark({"L": 1, "f": 2, "d": 2, "c": 2, "b": 2, "a": 9}).first.explanation.splitlines()[0]
    'd: 2 is not right, it is -2.'

    Level 1 has sums, differences and products. Level 2 has nodes that are read more than once, squares, relu, max and
    min; level 3 quotients, means, absolute values and neurons, in longer chains; level 4 tanh, sigmoid, exp and log, or
    a small network with its loss. No number of levels 1 to 3 has more than two decimals; level 4 needs four digits. The
    same state of `rng` gives the same exercise.
    """
    if isinstance(level, bool) or not isinstance(level, int) or level not in _LEVELS:
        raise ValueError(f"level is 1, 2, 3 or 4, not {level!r}")
    if not isinstance(rng, random.Random):
        raise TypeError(f"rng is a random.Random, such as random.Random(0), not {type(rng).__name__}: {rng!r}")
    kind = _LEVELS[level]
    invent = _network if level == 4 and rng.random() < 0.5 else _grown
    for _ in range(_MOST_TRIES):
        with recording():
            nodes = invent(kind, rng)
        if nodes and _is_good(nodes, kind) and _bears_rounding(nodes):
            return exercise(nodes[-1], digits=_DIGITS)
    raise RuntimeError(f"{_MOST_TRIES:,} tries gave no exercise: what {rng!r} draws is hardly random")


def _grown(kind: _Level, rng: random.Random) -> list[Value]:
    """Let operations read the leaves, and what was made of these, until one node is left: return all, or nothing."""
    unread, read = _leaves(rng.randint(2, 3), kind, rng), list[Value]()
    for left in reversed(range(kind.operations)):
        op = rng.choice([ops.add, ops.sub, ops.mul, *kind.taught])
        arity = _INPUTS.get(op, op.arity or 0)
        few, many = max(1, len(unread) - left), min(arity, len(unread))  # of which nothing is left over in the end
        if few > many:
            return []
        fresh = rng.sample(unread, rng.randint(few, many))
        inputs = _completed(fresh, arity, read, rng)
        if _is_dull(op, inputs, arity):
            return []
        unread = [*(x for x in unread if x not in fresh), _apply(op, inputs)]
        read += fresh
    nodes = topological(unread)
    _label(nodes)
    return nodes if _teaches(nodes, kind) else []


def _leaves(count: int, kind: _Level, rng: random.Random) -> list[Value]:
    """Return leaves of different sizes, so that it shows where two are mixed up."""
    return [Value(rng.choice((-1, 1)) * size) for size in rng.sample(kind.sizes, count)]


def _completed(fresh: Sequence[Value], arity: int, read: Sequence[Value], rng: random.Random) -> list[Any]:
    """Return as many inputs as an operation takes, if that can be: some that were read before, or a constant."""
    missing, others = arity - len(fresh), list[Any]()
    if missing <= len(read) and rng.random() < 0.8:
        others = rng.sample(read, missing)
    elif missing == 1:
        others = [rng.randint(2, 5)]
    return rng.sample([*fresh, *others], len(fresh) + len(others))


def _is_dull(op: Op, inputs: Sequence[Any], arity: int) -> bool:
    """Say whether inputs are missing or equal, or functions of functions would be piled up."""
    inner = inputs[0].op if op.arity == 1 else None
    piled = inner is not None and (inner.arity == 1 or inner is ops.power)
    return piled or len(set(map(float, inputs))) < arity


def _apply(op: Op, inputs: Sequence[Any]) -> Value:
    forms: dict[Op, Callable[..., Any]] = {
        ops.power: lambda x: x**2,
        ops.mean: lambda *xs: ops.mean(xs),
        ops.dot: lambda v, w, x, y: ops.dot([v, w], [x, y]),
    }
    node: Value = forms.get(op, op)(*inputs)
    return node


def _network(kind: _Level, rng: random.Random) -> list[Value]:
    """Return the nodes of the loss of a neuron that is to say yes, or of two neurons that have a target."""
    w, x, b, v, t = map(_named, "wxbvt", _leaves(5, kind, rng))
    p = _named("p", w * x)
    z = _named("z", p + b)
    if rng.random() < 0.5:
        y = _named("y", ops.sigmoid(z))
        loss = -_named("q", ops.log(y))
    else:
        h = _named("h", rng.choice((ops.tanh, ops.sigmoid))(z))
        y = _named("y", v * h)
        loss = _named("r", y - t) ** 2
    return topological([_named("L", loss)])


def _named(name: str, node: Value) -> Value:
    node.label = name
    return node


def _label(nodes: Iterable[Value]) -> None:
    """Call leaves, what is made of them, and the last node by letters, in the order in which a sheet has them."""
    leaves, letters = iter(_LEAVES), iter(_LETTERS)
    for node in nodes:
        _named(next(letters if node.op else leaves), node)
    _named("L", node)


def _teaches(nodes: Sequence[Value], kind: _Level) -> bool:
    """Say whether there is enough of what the level is about."""
    used = {node.op for node in nodes}
    reads = [x for node in nodes for x in node.inputs if isinstance(x, Value)]
    return len(used.intersection(kind.taught)) >= kind.least and (len(set(reads)) < len(reads)) is kind.is_shared


def _is_good(nodes: Sequence[Value], kind: _Level) -> bool:
    """Say whether all numbers on the way are friendly, many gradients differ, and none is 0 without a reason."""
    gradients = dict(propagate(nodes, {nodes[-1]: 1.0}))
    edges = [(x, node, d) for node in nodes for x, d in zip(node.inputs, node.partials) if isinstance(x, Value)]
    numbers = [n for node in nodes for n in (node.data, gradients[node])]
    numbers += [n for _, node, d in edges for n in (d, gradients[node] * d)]
    return (
        all(map(kind.is_friendly, numbers))
        and 2 * len(set(gradients.values())) >= len(nodes)
        and all(node.data or node.op is ops.relu for node in nodes)
        and _is_branch([node for node in nodes if not gradients[node]], edges)
    )


def _is_branch(zeros: Sequence[Value], edges: Sequence[tuple[Value, Value, float]]) -> bool:
    """Say whether the nodes of gradient 0, of which one is enough, only lead to a branch that is not taken."""
    return len(zeros) <= 1 and all(node.op in _BRANCHES and not d for x, node, d in edges if x in zeros)


def _bears_rounding(nodes: Sequence[Value]) -> bool:
    """Say whether a person is marked right who takes the numbers as they are shown, and rounds the gradients so."""
    shown = {node: _rounded(node.data) for node in nodes}
    found, wanted = {nodes[-1]: 1.0}, {nodes[-1]: 1.0}
    for node in reversed(nodes):
        gradient = _rounded(found[node])
        if not close(gradient, wanted[node]):
            return False
        inputs = [shown[x] if isinstance(x, Value) else float(x) for x in node.inputs]
        row = node.op.partials(inputs, shown[node]) if node.op else []
        for x, d, exact in zip(node.inputs, row, node.partials):
            if isinstance(x, Value):
                found[x] = found.get(x, 0.0) + gradient * d
                wanted[x] = wanted.get(x, 0.0) + gradient * exact
    return True


def _rounded(x: float) -> float:
    return float(f"{x:.{_DIGITS}g}")
