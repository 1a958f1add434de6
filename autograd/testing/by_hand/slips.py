"""Find the slips that explain a wrong gradient: a wrong rule, a wrong sign, a path that was forgotten.

A slip is one change of the computation: another local derivative somewhere on the paths to the gradient, a path that is
left out, or another factor of the result. The usual wrong rules of an operation are in its record, as `Op.slips`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import combinations
from typing import Any, NamedTuple

from autograd.operand import IEEE
from autograd.operation import Op, Slip
from autograd.testing.by_hand.region import Region
from autograd.testing.inputs import input_values, replaced
from autograd.value import Value

MAX_CONSUMERS = 400  # number of consumers, the nearest ones, at which slips are tried
MAX_PATHS = 10  # number of contributions for which all selections are tried
FACTORS = (3, 4, 5, 6, 7, 8, 9, 10, 12)
LIKELY, POSSIBLE, UNLIKELY = range(3)


class Found(NamedTuple):
    """A slip that gives a gradient of this `number`.

    `sentence` is the key of the sentence about it. The other fields are what the sentence speaks of: the local
    derivative of the `consumer` with respect to its input at `place`, the wrong rule of an operation, or a factor.
    """

    rank: int
    name: str
    number: float
    sentence: str
    consumer: Value | None = None
    place: int = 0
    other: int = 0
    rule: Slip | None = None
    factor: float = 0.0


def find_slips(
    region: Region, given: float, close: Callable[[float, float], bool], sizes: Sequence[int]
) -> list[Found]:
    """Return the slips that give the gradient `given` in place of the right one, likeliest first.

    `sizes` are the lengths of the means in the graph. Slips that give the number to all of its digits count before
    those that give it up to rounding on the way. An unlikely slip counts only if there is no likely one.
    """
    wanted = region.gradient
    if not math.isfinite(given) or not math.isfinite(wanted):
        return []
    fitting = [f for f in _candidates(region, sizes) if _fits(f.number, given, wanted, close)]
    exact = [f for f in fitting if abs(f.number - given) <= _last_digit(given)]
    best = exact or [f for f in fitting if f.rank < UNLIKELY]
    rank = max(POSSIBLE, min((f.rank for f in best), default=0))
    return _distinct(sorted((f for f in best if f.rank <= rank), key=lambda f: f.rank))


def same_number(region: Region, close: Callable[[float, float], bool], sizes: Sequence[int] = ()) -> bool:
    """Return True if two different likely slips of a region give the same number, or one gives the right number."""
    likely = _distinct([f for f in _candidates(region, sizes) if f.rank == LIKELY and math.isfinite(f.number)])
    numbers = sorted([region.gradient, *(f.number for f in likely)])
    return any(close(a, b) for a, b in zip(numbers, numbers[1:]))


def _fits(number: float, given: float, wanted: float, close: Callable[[float, float], bool]) -> bool:
    return math.isfinite(number) and not close(number, wanted) and close(given, number)


def _last_digit(x: float) -> float:
    """Return half a unit of the last decimal of `x`, or almost 0 if it has none."""
    text = repr(x)
    decimals = 0 if "e" in text or text.endswith(".0") else len(text.partition(".")[2])
    return max(0.5000001 * 10.0**-decimals if 0 < decimals < 12 else 0.0, 1e-9 * abs(x))


def _distinct(found: Sequence[Found]) -> list[Found]:
    """Return `found` without slips that say the same: those of one name, or at one place, that give one number."""
    kept: list[Found] = []
    for f in found:
        alike = (k for k in kept if math.isclose(k.number, f.number, rel_tol=1e-9, abs_tol=1e-12))
        if not any(k.name == f.name or (k.consumer is f.consumer and k.place == f.place) for k in alike):
            kept.append(f)
    return kept


def _candidates(region: Region, sizes: Sequence[int]) -> Iterator[Found]:
    """Yield all slips with the gradients that they lead to, the most specific ones first."""
    wanted = region.gradient
    yield Found(LIKELY, "sign", -wanted, "sign")
    consumers = region.consumers[:MAX_CONSUMERS]
    for c in consumers:
        yield from _wrong_rules(region, c)
    yield from _everywhere(region, consumers)
    for c in consumers:
        for place, _ in region.places(c):
            yield from _wrong_partials(region, c, place)
    yield from _missing_paths(region, consumers)
    for n in dict.fromkeys((2, *sizes, *FACTORS)):
        rank = POSSIBLE if n == 2 or n in sizes else UNLIKELY
        yield Found(rank, "factor", wanted / n, "factor missing", factor=n)
        yield Found(rank, "factor", wanted * n, "factor extra", factor=n)
    if wanted:
        yield Found(UNLIKELY, "reciprocal", 1 / wanted, "reciprocal of all")
    yield Found(UNLIKELY, "value", region.node.data, "own value")


def _wrong_rules(region: Region, c: Value) -> Iterator[Found]:
    """Yield the slips that the operation of the consumer declares."""
    places = list(region.places(c))
    for slip in c.op.slips if c.op else ():
        if not slip.is_total(c.op):  # type: ignore[arg-type]
            row = wrong_row(slip, c)
            if row is None:
                continue
            number = region.changed(c, region.tangent(c, row))
            place = next((p for p, _ in places if row[p] != c.partials[p]), places[0][0])
            yield Found(LIKELY, slip.name, number, "wrong rule", c, place, rule=slip)
        elif len(places) > 1:
            tangents = [region.tangents.get(x, 0.0) if isinstance(x, Value) else 0.0 for x in c.inputs]
            for wrong in _numbers(lambda: [slip.rule(*_operands(c), *map(IEEE, tangents))]):  # noqa: B023 - used at once
                yield Found(LIKELY, slip.name, region.changed(c, wrong), "wrong total", c, rule=slip)


def _everywhere(region: Region, consumers: Sequence[Value]) -> Iterator[Found]:
    """Yield the slips that were made at all nodes of an operation."""
    groups: dict[Op, list[Value]] = {}
    for c in consumers:
        if c.op:
            groups.setdefault(c.op, []).append(c)
    for op, group in groups.items():
        if len(group) < 2:
            continue
        for slip in op.slips:
            rows = {} if slip.is_total(op) else {c: row for c in group if (row := wrong_row(slip, c)) is not None}
            if len(rows) == len(group):
                place = next(p for p, _ in region.places(group[0]))
                yield Found(
                    LIKELY, slip.name, region.changed_rows(rows), "wrong rule everywhere", group[0], place, rule=slip
                )
        if op.arity == 1:
            for name, factor in (("no local derivative", None), ("sign", -1.0)):
                rows = {c: [1.0 if factor is None else factor * c.partials[0]] for c in group}
                yield Found(POSSIBLE, name, region.changed_rows(rows), f"{name} everywhere", group[0], 0)


def _wrong_partials(region: Region, c: Value, place: int) -> Iterator[Found]:
    """Yield the slips at one local derivative that any operation can suffer."""
    d, cotangent = float(c.partials[place]), region.cotangents[c]

    def found(rank: int, name: str, partial: float, sentence: str = "", other: int = 0) -> Found:
        return Found(rank, name, region.changed_at(c, place, partial), sentence or name, c, place, other)

    for partial in _other_branches(c, place):
        yield found(LIKELY, "other branch", partial)
    if is_constant_factor(c, place):
        yield found(LIKELY, "factor", 1.0, "no factor")
    else:
        yield found(LIKELY, "no local derivative", 1.0)
    yield found(POSSIBLE, "sign", -d, "sign of one")
    for other, x in enumerate(c.inputs):
        if other != place and isinstance(x, Value):
            yield found(POSSIBLE, "swapped partials", float(c.partials[other]), other=other)
    for partial in _at_other_points(c, place, region.node):
        yield found(POSSIBLE, "wrong point", partial)
    if cotangent:
        yield found(POSSIBLE, "no gradient", d / cotangent)
    yield found(UNLIKELY, "value", c.data)
    yield found(UNLIKELY, "twice", d * d)
    if d:
        yield found(UNLIKELY, "reciprocal", 1 / d)


def _missing_paths(region: Region, consumers: Sequence[Value]) -> Iterator[Found]:
    """Yield the slips in which some of the paths are left out."""
    first = [(c, place) for c in consumers for place, x in region.places(c) if x is region.node]
    parts = [region.cotangents[c] * float(c.partials[place]) for c, place in first]
    wanted = region.gradient
    if len(parts) > 1:
        for (c, place), part in zip(first, parts):
            yield Found(LIKELY, "missing path", wanted - part, "missing path", c, place)
            yield Found(LIKELY, "missing path", part, "only path", c, place)
        if len(parts) <= MAX_PATHS:
            for count in range(2, len(parts) - 1):
                for some in combinations(parts, count):
                    yield Found(LIKELY, "missing path", sum(some), "missing paths")
    for c in consumers:
        through = region.cotangents[c] * region.tangent(c, c.partials)
        if len(region.consumers) > 1 and through != wanted:
            yield Found(LIKELY, "missing path", wanted - through, "missing node", c)
            yield Found(LIKELY, "missing path", through, "only node", c)
        for place, x in region.places(c):
            if x is not region.node and len(list(region.places(c))) > 1:
                number = region.changed_at(c, place, 0.0)
                yield Found(LIKELY, "missing path", number, "missing path", c, place)


def wrong_row(slip: Slip, c: Value) -> list[float] | None:
    """Return the row of local derivatives of a node by a wrong rule, or None if it cannot be computed."""
    rows = _numbers(lambda: slip.rule(*_operands(c)))
    return rows if len(rows) == len(c.inputs) else None


def _operands(c: Value) -> list[Any]:
    inputs = [IEEE(x) for x in input_values(c)]
    return (
        [inputs if c.op and c.op.variadic else inputs, IEEE(c.data)]
        if c.op and c.op.variadic
        else [*inputs, IEEE(c.data)]
    )


def _numbers(row: Callable[[], Iterable[Any]]) -> list[float]:
    """Return the numbers of a row, or none where they cannot be computed, as outside a domain."""
    with suppress(ArithmeticError, ValueError, TypeError):
        return [float(d) for d in row()]
    return []


def is_constant_factor(c: Value, place: int) -> bool:
    """Return True if the local derivative is a constant number, as that of n * x, x / n or a mean."""
    name = c.op.name if c.op else ""
    others = [x for i, x in enumerate(c.inputs) if i != place]
    return name == "mean" or ((name == "mul" or (name == "div" and place == 0)) and not isinstance(others[0], Value))


def _other_branches(c: Value, place: int) -> list[float]:
    """Return the local derivatives on the other sides of a kink."""
    op = c.op
    if op is None or not op.is_ours:
        return []
    if op.chooses:
        return [0.0, 1.0]
    if not any(point[place] == 0 and point.count(0.0) == 1 for point in op.kinks):
        return []
    inputs = input_values(c)
    far = abs(inputs[place]) or 1.0
    return [op.linearize(replaced(inputs, place, x))[1][place] for x in (-far, far)]


def _at_other_points(c: Value, place: int, node: Value) -> Iterator[float]:
    """Yield the local derivatives that result from mixing up the input and the output, or the input and the node."""
    op, y = c.op, c.data
    if op is None or op.variadic:
        return
    inputs = input_values(c)
    moved = replaced(inputs, place, y)
    points = [(inputs, inputs[place]), (moved, y), (moved, None), (replaced(inputs, place, node.data), None)]
    for point, output in points:
        for rule in (op.partials, op.shown_partials):
            row = _numbers(lambda: rule([*map(IEEE, point)], IEEE(op.evaluate(point) if output is None else output)))  # noqa: B023
            yield from row[place : place + 1]
