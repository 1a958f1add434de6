"""Slips at the local derivatives of an operation: its usual wrong rules, and those that any operation can suffer."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from autograd.operand import IEEE
from autograd.operation import Op, Slip
from autograd.testing.by_hand.found import LIKELY, POSSIBLE, UNLIKELY, Found
from autograd.testing.by_hand.region import Region
from autograd.testing.inputs import input_values, replaced
from autograd.value import Value

MAX_INPUTS = 24  # number of inputs whose local derivatives may be confused
MAX_LEAVES = 40  # number of leaves whose values may be confused
PRODUCTS = ("mul", "dot")  # operations whose local derivatives are values of their inputs


def wrong_rules(region: Region, c: Value) -> Iterator[Found]:
    """Yield the slips that the operation of a consumer declares."""
    places = region.places(c)
    for slip in c.op.slips if c.op else ():
        if c.op and slip.is_total(c.op):
            tangents = [IEEE(region.tangent_of_input(c, place)) for place in range(len(c.inputs))]
            for wrong in _numbers(lambda: [slip.rule(*_arguments(c), *tangents)]) if len(places) > 1 else []:  # noqa: B023
                yield Found(LIKELY, slip.name, region.changed(c, wrong), "wrong total", c, rule=slip)
        elif row := _wrong_row(slip, c):
            place = next((place for place in places if row[place] != c.partials[place]), places[0])
            number = region.changed(c, region.tangent(c, row))
            ratio = row[place] / c.partials[place] if c.partials[place] else 0.0
            yield Found(LIKELY, slip.name, number, "wrong rule", c, place, rule=slip, factor=ratio)


def everywhere(region: Region, consumers: Sequence[Value]) -> Iterator[Found]:
    """Yield the slips that were made at all nodes of one operation, if it occurs several times."""
    groups: dict[Op, list[Value]] = {}
    for c in consumers:
        if c.op:
            groups.setdefault(c.op, []).append(c)
    for op, group in groups.items():
        main = max(group, key=lambda c: math.fabs(region.through(c)))
        for rank, name, sentence, slip, rows in _rows_everywhere(op, group) if len(group) > 1 else ():
            number = region.changed_rows(dict(zip(group, rows)))
            yield Found(rank, name, number, f"{sentence} everywhere", main, region.places(main)[0], rule=slip)


def _rows_everywhere(op: Op, group: Sequence[Value]) -> Iterator[tuple[int, str, str, Slip | None, list[list[float]]]]:
    """Yield rank, name and sentence of each slip at a group of nodes, with the wrong rows of the nodes."""
    for slip in op.slips:
        rows = [] if slip.is_total(op) else [_wrong_row(slip, c) for c in group]
        if rows and all(rows):
            yield LIKELY, slip.name, "wrong rule", slip, rows
    without_factors = [[1.0 if is_constant_factor(c, i) else d for i, d in enumerate(c.partials)] for c in group]
    yield POSSIBLE, "factor", "no factor", None, without_factors
    if op.arity == 1:
        yield POSSIBLE, "no local derivative", "no local derivative", None, [[1.0] for _ in group]
        yield POSSIBLE, "sign", "sign", None, [[-c.partials[0]] for c in group]


def wrong_partials(region: Region, c: Value, place: int) -> Iterator[Found]:
    """Yield the slips at one local derivative that any operation can suffer."""
    d = float(c.partials[place])

    def found(rank: int, name: str, partial: float, sentence: str = "", **about: Any) -> Found:
        return Found(rank, name, region.changed_at(c, place, partial), sentence or name, c, place, **about)

    for partial in _other_branches(c, place):
        yield found(LIKELY, "other branch", partial)
    if is_constant_factor(c, place):
        yield found(LIKELY, "factor", 1.0, "no factor")
    elif d != -1:  # which is a matter of the sign
        yield found(LIKELY, "no local derivative", 1.0)
    yield found(POSSIBLE, "sign", -d, "sign of one negative" if d < 0 else "sign of one")
    for other, x in enumerate(c.inputs[:MAX_INPUTS]):
        if other != place and isinstance(x, Value) and c.partials[other] != -d:
            yield found(POSSIBLE, "swapped partials", float(c.partials[other]), other=other)
    for partial in _at_other_points(c, place):
        yield found(POSSIBLE, "wrong point", partial)
    yield from _wrong_chain(region, c, place)
    if region.cotangents[c] not in (0.0, 1.0) and c.inputs[place] is region.node:
        yield Found(POSSIBLE, "no gradient", d, "no gradient", c, place)
    for leaf in region.leaves[:MAX_LEAVES] if c.op and c.op.name in PRODUCTS else ():
        if leaf not in c.inputs:
            yield found(UNLIKELY, "wrong value", leaf.data, leaf=leaf)
    yield found(UNLIKELY, "value", c.data)
    yield found(UNLIKELY, "twice", d * d)
    if d:
        yield found(UNLIKELY, "reciprocal", 1 / d)


def is_constant_factor(c: Value, place: int) -> bool:
    """Return True if the local derivative is a constant number, as that of n * x, x / n or a mean."""
    name = c.op.name if c.op else ""
    others = [x for i, x in enumerate(c.inputs) if i != place]
    return name == "mean" or ((name == "mul" or (name == "div" and place == 0)) and not isinstance(others[0], Value))


def is_kinked(op: Op, place: int) -> bool:
    """Return True if an operation of ours has a kink where its input at `place` is 0, as relu and abs have."""
    return op.is_ours and any(point[place] == 0 and point.count(0.0) == 1 for point in op.kinks)


def is_single(op: Op) -> bool:
    """Return True if an operation is a function of one input, apart from constants."""
    return op.arity == 1 + len(op.constants)


def _other_branches(c: Value, place: int) -> list[float]:
    """Return the local derivatives on the other sides of a kink."""
    op = c.op
    if op and op.chooses:
        return [0.0, 1.0]
    if op is None or not is_kinked(op, place):
        return []
    inputs = input_values(c)
    far = abs(inputs[place]) or 1.0
    return [op.linearize(replaced(inputs, place, x))[1][place] for x in (-far, far)]


def _at_other_points(c: Value, place: int) -> Iterator[float]:
    """Yield the local derivatives that result from mixing up the input and the output."""
    if c.op is None or c.op.variadic:
        return
    inputs, y = input_values(c), c.data
    moved = replaced(inputs, place, y)
    for point, output in ((inputs, inputs[place]), (moved, y), (moved, None)):
        for rule in (c.op.partials, c.op.shown_partials):
            yield from _partial_at(c.op, place, rule, point, output)


def _wrong_chain(region: Region, c: Value, place: int) -> Iterator[Found]:
    """Yield the slips of the chain rule at a function of one input: its derivative at another point."""
    inner = region.tangent_of_input(c, place)
    if c.op is None or inner in (0.0, 1.0) or not is_single(c.op):
        return
    at_node, at_inner = (replaced(input_values(c), place, x) for x in (region.node.data, inner))
    d = float(c.partials[place])
    for partial in _partial_at(c.op, place, c.op.partials, at_node, None):
        yield Found(POSSIBLE, "wrong point", region.changed_at(c, place, partial), "outer point", c, place)
    for partial in _partial_at(c.op, place, c.op.partials, at_inner, None):
        for tangent in (partial, partial * inner) if partial != d else ():
            number = region.changed(c, tangent)
            yield Found(UNLIKELY, "wrong point", number, "inner derivative", c, place, factor=inner)


def _partial_at(
    op: Op, place: int, rule: Callable[..., Sequence[Any]], point: Sequence[float], output: float | None
) -> list[float]:
    """Return one local derivative by a `rule` at another `point`, if it can be computed there."""
    row = _numbers(lambda: rule([*map(IEEE, point)], IEEE(op.evaluate(point) if output is None else output)))
    return row[place : place + 1]


def _wrong_row(slip: Slip, c: Value) -> list[float]:
    """Return the row of local derivatives of a node by a wrong rule, or [] if it cannot be computed."""
    row = _numbers(lambda: slip.rule(*_arguments(c)))
    return row if len(row) == len(c.inputs) else []


def _arguments(c: Value) -> list[Any]:
    """Return the arguments of a rule at a node."""
    inputs = [IEEE(x) for x in input_values(c)]
    return [*([inputs] if c.op and c.op.variadic else inputs), IEEE(c.data)]


def _numbers(row: Callable[[], Iterable[Any]]) -> list[float]:
    """Return the numbers of a row, or none where they cannot be computed, as outside a domain."""
    with suppress(ArithmeticError, ValueError, TypeError):
        return [float(d) for d in row()]
    return []
