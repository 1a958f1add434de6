"""`random_exercise`: make a random exercise, at one of nine levels, with numbers that are easy to use by hand."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

from autograd import ops
from autograd.backpropagation import propagate, topological
from autograd.graph import edges_of
from autograd.modes import recording
from autograd.operation import Op
from autograd.testing.by_hand.course_graphs import (
    Leaves,
    Maker,
    attention,
    convolution,
    labelled,
    lstm_cell,
    normalization,
    small_network,
    softmax_cross_entropy,
)
from autograd.testing.by_hand.exercises import Exercise, exercise
from autograd.testing.by_hand.slips import have_slips_in_common
from autograd.testing.by_hand.tolerances import Precision, expected_gradients
from autograd.value import Value

MAX_TRIES = 2_000
_BRANCHES = (ops.relu, ops.maximum, ops.minimum)
_COUNTS = {ops.power: 1, ops.mean: 2, ops.dot: 4}  # number of node inputs, if not the arity
_LEAF_NAMES, _NODE_NAMES = "abc", "dfghjkmnpqr"  # without e, i, l and o, which are constants or look like digits


class _Level(NamedTuple):
    """A level of difficulty.

    A level with `graphs` makes one of these. One with a number of `operations` combines operations at random, sums,
    differences and products with at least `min_taught` others of those `taught`. One with both does either. If
    `is_shared`, some node is used more than once. `sizes` are the absolute values of the leaves. If
    `has_distinct_slips`, no two likely slips lead to the same number; some graphs are too symmetric for that.
    """

    operations: int = 0
    taught: Sequence[Op] = ()
    min_taught: int = 2
    is_shared: bool = True
    sizes: Sequence[float] = range(2, 7)
    is_friendly: Callable[[float], bool] = lambda x: abs(x) <= 100 and round(x, 2) == x
    graphs: Sequence[Maker] = ()
    has_distinct_slips: bool = True


_TENTHS = [n / 10 for n in range(3, 20)]


def _is_moderate(x: float) -> bool:
    return 0.05 <= abs(x) <= 20


def _course(graph: Maker, *, has_distinct_slips: bool = True) -> _Level:
    return _Level(
        sizes=_TENTHS,
        is_friendly=lambda x: 0.01 <= abs(x) <= 20,
        graphs=[graph],
        has_distinct_slips=has_distinct_slips,
    )


_LEVELS = {
    1: _Level(3, [ops.mul], min_taught=1, is_shared=False),
    2: _Level(5, [ops.power, *_BRANCHES]),
    3: _Level(7, [ops.div, ops.mean, ops.abs, ops.dot]),
    4: _Level(
        6,
        [ops.tanh, ops.sigmoid, ops.exp, ops.log],
        sizes=_TENTHS,
        is_friendly=_is_moderate,
        graphs=[small_network],
    ),
    5: _course(softmax_cross_entropy),
    6: _Level(sizes=range(1, 10), graphs=[convolution]),
    7: _course(normalization, has_distinct_slips=False),
    8: _course(attention, has_distinct_slips=False),
    9: _course(lstm_cell),
}


def random_exercise(level: int, rng: random.Random) -> Exercise:
    """Make a random exercise of a `level` from 1 to 4, with numbers from `rng` that are easy to use by hand.

    >>> sheet = random_exercise(1, random.Random(6))
    >>> print(sheet)
    Gradients of L
    ==============
    <BLANKLINE>
    Given: a = 2, b = 6, c = 5.
    <BLANKLINE>
    Work backward: fill in the gradient of L with respect to each node, in the order L, f, d, c, b, a.
    <BLANKLINE>
    node  formula  value  gradient
    ----  -------  -----  --------------
    a     given    2      dL/da = ______
    b     given    6      dL/db = ______
    c     given    5      dL/dc = ______
    d     2 - c    -3     dL/dd = ______
    f     b - d    9      dL/df = ______
    L     a·f      18     dL/dL = ______
    >>> sheet.mark({"L": 1, "f": 2, "d": 2, "c": 2, "b": 2, "a": 9}).first.explanation.splitlines()[0]
    'The gradient of d is -2, not 2.'

    - Level 1: sums, differences and products.
    - Level 2: nodes that are used more than once; squares, relu, max and min.
    - Level 3: longer chains with quotients, means, absolute values and dot products.
    - Level 4: tanh, sigmoid, exp and log, or a small network with its loss.
    - Level 5: softmax with cross-entropy.
    - Level 6: a convolution with relu.
    - Level 7: batch norm or layer norm.
    - Level 8: attention of one query to two tokens.
    - Level 9: an LSTM cell.

    The numbers of levels 1, 2, 3 and 6 have at most two decimals; the others need four digits. The same state of `rng`
    gives the same exercise.
    """
    if isinstance(level, bool) or not isinstance(level, int) or level not in _LEVELS:
        raise ValueError(f"level must be an integer from 1 to {len(_LEVELS)}, got {level!r}")
    if not isinstance(rng, random.Random):
        raise TypeError(f"rng must be a random.Random, such as random.Random(0), got {type(rng).__name__}: {rng!r}")
    settings = _LEVELS[level]
    is_random = not settings.graphs or (bool(settings.operations) and rng.random() >= 0.5)
    for _ in range(MAX_TRIES):
        with recording():
            nodes = _random_graph(settings, rng) if is_random else _course_graph(settings, rng)
        if nodes and _is_friendly(nodes, settings) and _tolerates_rounding(nodes) and _are_told_apart(nodes, settings):
            return exercise(nodes[-1], digits=4)
    raise RuntimeError(f"found no exercise in {MAX_TRIES:,} tries; rng must draw random numbers, got {rng!r}")


def _course_graph(settings: _Level, rng: random.Random) -> list[Value]:
    return topological([labelled("L", rng.choice(settings.graphs)(Leaves(settings.sizes, rng)))])


def _random_graph(settings: _Level, rng: random.Random) -> list[Value]:
    """Combine leaves by random operations until a single result is left; return all nodes, or [] if that fails."""
    unused, used = Leaves(settings.sizes, rng)(*"abc"[: rng.randint(2, 3)]), list[Value]()
    for left in reversed(range(settings.operations)):
        op = rng.choice([ops.add, ops.sub, ops.mul, *settings.taught])
        count = _COUNTS.get(op, op.arity or 0)
        low, high = max(1, len(unused) - left), min(count, len(unused))  # so that a single node is left in the end
        if low > high:
            return []
        fresh = rng.sample(unused, rng.randint(low, high))
        inputs = _with_used(fresh, count, used, rng)
        if _is_unsuitable(op, inputs, count):
            return []
        unused = [*(x for x in unused if x not in fresh), _apply(op, inputs)]
        used += fresh
    nodes = topological(unused)
    _label(nodes)
    return nodes if _covers(nodes, settings) else []


def _with_used(fresh: Sequence[Value], count: int, used: Sequence[Value], rng: random.Random) -> list[Any]:
    """Add `used` nodes or a constant to the `fresh` inputs until there are `count`, if possible."""
    missing, others = count - len(fresh), list[Any]()
    if missing <= len(used) and rng.random() < 0.8:
        others = rng.sample(used, missing)
    elif missing == 1:
        others = [rng.randint(2, 5)]
    return rng.sample([*fresh, *others], len(fresh) + len(others))


def _is_unsuitable(op: Op, inputs: Sequence[Any], count: int) -> bool:
    """Return True if inputs are missing or equal, or if functions would be nested, as in exp(tanh(x))."""
    inner = inputs[0].op if op.arity == 1 else None
    is_nested = inner is not None and (inner.arity == 1 or inner is ops.power)
    return is_nested or len(set(map(float, inputs))) < count


def _apply(op: Op, inputs: Sequence[Any]) -> Value:
    forms: dict[Op, Callable[..., Any]] = {
        ops.power: lambda x: x**2,
        ops.mean: lambda *xs: ops.mean(xs),
        ops.dot: lambda v, w, x, y: ops.dot([v, w], [x, y]),
    }
    node: Value = forms.get(op, op)(*inputs)
    return node


def _label(nodes: Iterable[Value]) -> None:
    """Label leaves a, b, c, other nodes d, f, g and so on, and the last node L."""
    leaves, others = iter(_LEAF_NAMES), iter(_NODE_NAMES)
    for node in nodes:
        labelled(next(others if node.op else leaves), node)
    labelled("L", node)


def _covers(nodes: Sequence[Value], settings: _Level) -> bool:
    """Return True if the graph has enough operations of the level, and shared nodes if these are required."""
    used = {node.op for node in nodes}
    inputs = [x for x, _ in edges_of(nodes)]
    is_shared = len(set(inputs)) < len(inputs)
    return len(used.intersection(settings.taught)) >= settings.min_taught and is_shared is settings.is_shared


def _is_friendly(nodes: Sequence[Value], settings: _Level) -> bool:
    """Return True if all numbers are friendly, many gradients differ, and only a branch not taken has gradient 0."""
    gradients = dict(propagate(nodes, {nodes[-1]: 1.0}))
    edges = [(x, node, d) for node in nodes for x, d in zip(node.inputs, node.partials) if isinstance(x, Value)]
    numbers = [n for node in nodes for n in (node.data, gradients[node])]
    numbers += [n for _, node, d in edges for n in (d, gradients[node] * d)]
    zeros = [node for node in nodes if not gradients[node]]
    return (
        all(map(settings.is_friendly, numbers))
        and 2 * len(set(gradients.values())) >= len(nodes)
        and all(node.data or node.op is ops.relu for node in nodes)
        and len(zeros) <= 1
        and all(node.op in _BRANCHES and not d for x, node, d in edges if x in zeros)
    )


def _tolerates_rounding(nodes: Sequence[Value]) -> bool:
    """Return True if rounding to four digits on the way changes no gradient by more than 2 %."""
    return all(x.spread <= 0.02 for x in expected_gradients(nodes, {}, Precision(4, 4)).values())


def _are_told_apart(nodes: Sequence[Value], settings: _Level) -> bool:
    """Return True if different slips lead to different numbers."""
    return not (settings.has_distinct_slips and have_slips_in_common(nodes[-1], partial(math.isclose, rel_tol=1e-3)))
