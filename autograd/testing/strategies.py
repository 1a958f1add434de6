"""Hypothesis strategies for leaves, for points in the domain of an operation, and for random expressions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd.operation import Op
from autograd.ops import TABLE, dot, pow, power, where
from autograd.testing.expressions import Expression, Step
from autograd.testing.inputs import replaced
from autograd.value import Value

try:
    from hypothesis import assume
    from hypothesis import strategies as st
except ImportError as missing:
    raise ImportError("autograd.testing.strategies needs hypothesis: pip install 'chainrule[test]'") from missing

_DEFAULT_INTERVAL = (-3.0, 3.0)  # the interval for inputs without a `domain`
_DEFAULT_LARGEST = 100.0
_MAX_TERMS = 4  # number of inputs of a variadic operation
_EARLIER, _CONSTANT = 8, 9  # a draw from 0 to 9 picks an earlier result if below 8, and a constant if 9
_UNUSED_WEIGHT = 8  # extra weight of unused results, so that few are left over
_MARGIN = 1e-3  # size of the excluded neighbourhood of a kink
_MIN_JUMP = 0.05  # relative change of a slope within the margin that counts as a kink
_SPECIAL = [0.0, -0.0, 1.0, -1.0, 5e-324, 1e-300, -1e300, 1.7976931348623157e308, math.inf, -math.inf, math.nan]

_Interval = tuple[float, float]
_Pick = Callable[[_Interval | None], Any]  # draws an input from an interval; None means any number


def values(
    low: float = _DEFAULT_INTERVAL[0], high: float = _DEFAULT_INTERVAL[1], *, special: bool = False
) -> st.SearchStrategy[Value]:
    """Draw leaves from `low` to `high`; with `special`, also signed zeros, tiny and huge numbers, infinities and nan.

    >>> from hypothesis import given
    >>> @given(values(), values(special=True))
    ... def test_a_product(a, b):
    ...     assert (a * b).partials == [b.data, a.data]
    """
    numbers = st.floats(low, high)
    return (numbers | st.sampled_from(_SPECIAL) if special else numbers).map(Value)


def points_in_domain(op: Op, *, kinks: bool = False) -> st.SearchStrategy[tuple[float, ...]]:
    """Draw tuples of inputs at which the operation `op`, built-in or user-defined, has a derivative.

    >>> from autograd import log
    >>> from hypothesis import given
    >>> @given(points_in_domain(log))
    ... def test_a_logarithm(point):
    ...     assert log(*point) == -log(1 / point[0])

    Points are inside the `domain` of `op`; without a domain, the value and the slopes are finite there. For `power`, an
    integer exponent is drawn with any base. Points closer to a kink than 0.001 are left out unless `kinks` is true. The
    inputs are flat, as in `op.apply(point)`: 1 to 4 for a variadic operation; for `dot`, 1 to 4 weights, as many
    signals, and a bias.
    """
    _check_op(op)

    def is_allowed(point: tuple[float, ...]) -> bool:
        return bool(op.domain or _slopes(op, point)) and (kinks or not _is_near_kink(op, point))

    return _points(op).filter(is_allowed).map(lambda point: _flat(op, point))


def expressions(
    ops: Iterable[Op] | None = None,
    *,
    leaves: int = 3,
    nodes: int = 8,
    largest: float = _DEFAULT_LARGEST,
    kinks: bool = False,
) -> st.SearchStrategy[Expression]:
    """Draw functions of 1 to `leaves` numbers with up to `nodes` operations, from `ops` or from all built-in ones.

    >>> from autograd import Value, grad
    >>> from hypothesis import given
    >>> @given(expressions())
    ... def test_one_value(f):
    ...     assert f(*map(Value, f.point)).data == f(*f.point)

    The functions use some results more than once. At the `point` of an `Expression`, each step is inside the domain of
    its operation and its absolute value is at most `largest`. Inputs closer to a kink than 0.001 are left out unless
    `kinks` is true.
    """
    chosen = tuple(TABLE.values() if ops is None else ops)
    for op in chosen:
        _check_op(op)
    if not chosen or leaves < 1 or nodes < 1:
        raise ValueError(f"ops, leaves and nodes must be at least one each, got {len(chosen)}, {leaves} and {nodes}")
    return _expressions(chosen, nodes, leaves, largest, kinks)


def _check_op(op: object) -> None:
    if not isinstance(op, Op):
        raise TypeError(f"op must be an operation, such as autograd.tanh, got {type(op).__name__}: {op!r}")


@st.composite
def _points(draw: st.DrawFn, op: Op) -> tuple[float, ...]:
    return tuple(_inputs(draw, op, lambda interval: _number(draw, interval)))


@st.composite
def _expressions(
    draw: st.DrawFn, ops: Sequence[Op], nodes: int, leaves: int, largest: float, kinks: bool
) -> Expression:
    draft = _Draft(draw, leaves, largest, kinks)
    for _ in range(draw(st.integers(1, nodes))):
        draft.extend(ops[draw(st.integers(0, len(ops) - 1))])
    assume(draft.last is not None)
    return draft.expression()


def _inputs(draw: st.DrawFn, op: Op, pick: _Pick) -> list[Any]:
    """Draw the inputs of `op`, each with `pick` from its interval."""
    if op is power:  # an integer exponent allows any base
        n = draw(st.sampled_from([2.0, 3.0, 1.0, 0.0])) if draw(st.booleans()) else _number(draw, op.domain[1])
        return [pick(None if n >= 0 and n.is_integer() else op.domain[0]), n]
    if op is where:  # its condition is true if this number is positive
        return [pick(None), *map(pick, op.domain[1:])]
    terms = draw(st.integers(1, _MAX_TERMS)) if op.arity is None else op.arity
    count = 2 * terms + 1 if op is dot else terms
    return [pick(op.domain[min(i, len(op.domain) - 1)] if op.domain else None) for i in range(count)]


def _number(draw: st.DrawFn, interval: _Interval | None) -> float:
    """Draw one of a few thousand numbers with few digits, evenly spaced in the interval."""
    low, high = interval or _DEFAULT_INTERVAL
    low = min(high, 0.0) - _DEFAULT_LARGEST if math.isinf(low) else low
    high = max(low, 0.0) + _DEFAULT_LARGEST if math.isinf(high) else high
    scale = 10.0 ** (3 - math.floor(math.log10(high - low or 1.0)))
    return min(max(draw(st.integers(math.floor(low * scale), math.ceil(high * scale))) / scale, low), high)


def _flat(op: Op, inputs: Sequence[float]) -> tuple[float, ...]:
    """Return the inputs as a tuple; for `where`, the condition becomes 1 or 0."""
    return (float(inputs[0] > 0), *inputs[1:]) if op is where else tuple(inputs)


def _slopes(op: Op, inputs: Sequence[float]) -> Sequence[float]:
    """Return the row of partial derivatives, or () if the row or the value is not finite."""
    try:
        y, row = op.linearize(_flat(op, inputs))
    except (ArithmeticError, ValueError):
        return ()
    return row if all(map(math.isfinite, [y, *row])) else ()


def _is_near_kink(op: Op, inputs: Sequence[float]) -> bool:
    """Return True if the slopes jump within the margin around the inputs."""
    if op is where:
        return abs(inputs[0]) < _MARGIN
    if not op.kinks:
        return False
    near = [inputs]
    for i, x in enumerate(inputs):
        near += [replaced(inputs, i, x + h) for h in (-_MARGIN, _MARGIN)]
    rows = filter(None, (_slopes(op, point) for point in near))
    return any(max(slopes) - min(slopes) > _MIN_JUMP * max(map(abs, slopes)) for slopes in zip(*rows))


class _Draft:
    """An unfinished expression: `entries` are arguments (None) and steps, `numbers` their values."""

    def __init__(self, draw: st.DrawFn, leaves: int, largest: float, kinks: bool) -> None:
        self.draw, self.free_arguments, self.largest, self.kinks = draw, leaves, largest, kinks
        self.entries: list[Step | None] = []
        self.numbers: list[float] = []
        self.used: set[int] = set()
        self.last: int | None = None

    def extend(self, op: Op) -> None:
        """Add a step, unless it is constant, too large, outside the domain or too close to a kink."""
        inputs = _inputs(self.draw, op, lambda interval: self.pick(op, interval))
        numbers = [self.numbers[x] if isinstance(x, int) else x for x in inputs]
        varies = any(isinstance(x, int) and i not in op.constants for i, x in enumerate(inputs))
        if op is pow and not isinstance(inputs[1], int):
            return  # Python would read this code as `power`
        if varies and _slopes(op, numbers) and (self.kinks or not _is_near_kink(op, numbers)):
            y = op.evaluate(_flat(op, numbers))
            if abs(y) <= self.largest:
                self.used |= {x for x in inputs if isinstance(x, int)}
                self.last = self.add((op, tuple(inputs)), y)

    def add(self, entry: Step | None, number: float) -> int:
        """Append an argument or a step, and return its index."""
        self.entries.append(entry)
        self.numbers.append(number)
        return len(self.entries) - 1

    def pick(self, op: Op, interval: _Interval | None) -> int | float:
        """Return the index of an earlier result in the interval, the index of a new argument, or a constant."""
        low, high = interval or (-math.inf, math.inf)
        places = [place for place, x in enumerate(self.numbers) if low <= x <= high]
        kind = self.draw(st.integers(0, 9))
        if places and kind < _EARLIER:
            places += _UNUSED_WEIGHT * [place for place in places if place not in self.used]
            return places[self.draw(st.integers(0, len(places) - 1))]
        x = _number(self.draw, interval)
        if not self.free_arguments or kind == _CONSTANT:
            return x
        self.free_arguments -= 1
        return self.add(None, x)

    def expression(self) -> Expression:
        """Return the arguments and steps that the last step needs, as an expression."""
        needed = {self.last}
        for place in reversed(range(len(self.entries))):
            step = self.entries[place]
            if step and place in needed:
                needed |= {x for x in step[1] if isinstance(x, int)}
        arguments = [place for place, step in enumerate(self.entries) if not step and place in needed]
        steps = [(place, step) for place, step in enumerate(self.entries) if step and place in needed]
        new = {old: i for i, old in enumerate([*arguments, *(place for place, _ in steps)])}
        return Expression(
            tuple((op, tuple(new[x] if isinstance(x, int) else x for x in inputs)) for _, (op, inputs) in steps),
            tuple(self.numbers[place] for place in arguments),
        )
