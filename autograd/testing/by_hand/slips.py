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
MAX_ROUNDING = 6e-3  # relative: that of three digits
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
    leaf: Value | None = None


def find_slips(region: Region, given: float, close: Callable[[float, float], bool], sizes: Sequence[int]) -> list[Found]:
    """Return the slips that give the gradient `given` in place of the right one, likeliest first.

    `sizes` are the lengths of the means in the graph. Slips that give the number to all of its digits count before
    those that give it up to rounding on the way. An unlikely slip counts only if there is no likely one.
    """
    wanted = region.gradient
    if not region.consumers or not math.isfinite(given) or not math.isfinite(wanted):
        return []
    wrong = [f for f in _candidates(region, sizes) if math.isfinite(f.number) and not close(f.number, wanted)]
    exact = [f for f in wrong if is_rounded_to(f.number, given)]
    best = exact or [f for f in wrong if f.rank < UNLIKELY and close(given, f.number)]
    rank = max(POSSIBLE, min((f.rank for f in best), default=0))
    found = _distinct(sorted((f for f in best if f.rank <= rank), key=lambda f: f.rank))
    return found if rank < UNLIKELY or len(found) == 1 else []


def same_number(region: Region, close: Callable[[float, float], bool], sizes: Sequence[int] = ()) -> bool:
    """Return True if two different likely slips of a region give the same number, or one gives the right number."""
    likely = _distinct([f for f in _candidates(region, sizes) if f.rank == LIKELY and math.isfinite(f.number)])
    numbers = sorted([region.gradient, *(f.number for f in likely)])
    return any(close(a, b) for a, b in zip(numbers, numbers[1:]))


def is_rounded_to(x: float, given: float) -> bool:
    """Return True if `given` is `x` rounded to the decimals of `given`, of which at least three digits are needed."""
    text = repr(given)
    decimals = 0 if "e" in text or text.endswith(".0") else len(text.partition(".")[2])
    unit = 10.0**-decimals if 0 < decimals < 12 else 0.0
    return abs(x - given) <= max(min(0.5000001 * unit, MAX_ROUNDING * abs(x)), 1e-9 * abs(x))


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
    consumers = region.consumers[:MAX_CONSUMERS]
    yield _wrong_sign(region, consumers)
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
    for other, cotangent in reversed(region.cotangents.items()):
        if other is not region.node and cotangent not in (0.0, 1.0):
            yield Found(UNLIKELY, "exchanged", cotangent, "gradient of another", other)
    for c in consumers:
        yield from _probabilities(region, c)
        yield from _targets(region, c)
    if wanted:
        yield Found(UNLIKELY, "reciprocal", 1 / wanted, "reciprocal of all")
    yield Found(UNLIKELY, "value", region.node.data, "own value")


def _wrong_sign(region: Region, consumers: Sequence[Value]) -> Found:
    """Return the slip of the opposite sign, with the only negative local derivative if all paths go over it."""
    negative = [(c, place) for c in consumers for place, _ in region.places(c) if c.partials[place] < 0]
    if len(negative) == 1 and not region.has_ways_around(*negative[0]):
        return Found(LIKELY, "sign", -region.gradient, "sign of negative", *negative[0])
    return Found(LIKELY, "sign", -region.gradient, "sign")


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
        main = max(group, key=lambda c: math.fabs(region.cotangents[c] * region.tangent(c, c.partials)))
        first = next(place for place, _ in region.places(main))
        for slip in op.slips:
            rows = {} if slip.is_total(op) else {c: row for c in group if (row := wrong_row(slip, c)) is not None}
            if len(rows) == len(group):
                yield Found(LIKELY, slip.name, region.changed_rows(rows), "wrong rule everywhere", main, first, rule=slip)
        constant = {c: [1.0 if is_constant_factor(c, p) else d for p, d in enumerate(c.partials)] for c in group}
        yield Found(POSSIBLE, "factor", region.changed_rows(constant), "no factor everywhere", main, first)
        if op.arity == 1:
            for name, factor in (("no local derivative", None), ("sign", -1.0)):
                rows = {c: [1.0 if factor is None else factor * c.partials[0]] for c in group}
                yield Found(POSSIBLE, name, region.changed_rows(rows), f"{name} everywhere", main, first)


def _probabilities(region: Region, c: Value) -> Iterator[Found]:
    """Yield the slip of multiplying the derivative of a cross-entropy, p - y, by the derivative of the probability."""
    name = c.op.name if c.op else ""
    shares = [c.data] if name in ("div", "sigmoid") else c.partials if name in ("logsumexp", "logaddexp", "softplus") else []
    for p in dict.fromkeys(shares):
        if 0 < p < 1:
            yield Found(POSSIBLE, "twice", region.gradient * p * (1 - p), "probability", c, factor=float(p))


def _targets(region: Region, c: Value) -> Iterator[Found]:
    """Yield the slips in the target y of the derivative of a cross-entropy, p - y."""
    wanted, scale = region.gradient, math.fabs(region.cotangents[c])
    if c.op and c.op.name in ("log", "logsumexp", "logaddexp", "softplus") and 0 < math.fabs(wanted) < scale:
        yield Found(POSSIBLE, "target", wanted - math.copysign(scale, wanted), "target 1" if wanted < 0 else "target 0", c)


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
    for partial in _at_other_points(c, place):
        yield found(POSSIBLE, "wrong point", partial)
    if region.tangents[c.inputs[place]] not in (0.0, 1.0):  # type: ignore[index]
        yield from _wrong_chain(region, c, place)
    if cotangent != 1 and c.inputs[place] is region.node:
        yield Found(POSSIBLE, "no gradient", d, "no gradient", c, place)
    if c.op and c.op.name in ("mul", "dot"):
        for leaf in region.leaves:
            if leaf not in c.inputs:
                yield found(UNLIKELY, "wrong value", leaf.data)._replace(leaf=leaf)
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
            yield Found(LIKELY, "missing path", wanted - part, "missing path", c, place, factor=part)
        for (c, place), part in zip(first, parts):
            yield Found(LIKELY, "missing path", part, "only path", c, place)
    if len(parts) <= MAX_PATHS:
        for count in range(2, len(parts) - 1):
            for some in combinations(parts, count):
                yield Found(LIKELY, "missing path", sum(some), "missing paths")
    for c in consumers:
        through = region.cotangents[c] * region.tangent(c, c.partials)
        if len(region.consumers) > 1 and through != wanted:
            yield Found(LIKELY, "missing path", wanted - through, "missing node", c, factor=through)
            yield Found(LIKELY, "missing path", through, "only node", c)
        for place, x in region.places(c):
            if x is not region.node and len(list(region.places(c))) > 1:
                number = region.changed_at(c, place, 0.0)
                yield Found(LIKELY, "missing path", number, "missing path", c, place, factor=wanted - number)


def wrong_row(slip: Slip, c: Value) -> list[float] | None:
    """Return the row of local derivatives of a node by a wrong rule, or None if it cannot be computed."""
    rows = _numbers(lambda: slip.rule(*_operands(c)))
    return rows if len(rows) == len(c.inputs) else None


def _operands(c: Value) -> list[Any]:
    inputs = [IEEE(x) for x in input_values(c)]
    return [inputs if c.op and c.op.variadic else inputs, IEEE(c.data)] if c.op and c.op.variadic else [*inputs, IEEE(c.data)]


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


def is_kinked(op: Op, place: int) -> bool:
    """Return True if an operation of ours has a kink where its input at `place` is 0, as relu and abs have."""
    return op.is_ours and any(point[place] == 0 and point.count(0.0) == 1 for point in op.kinks)


def is_single(op: Op) -> bool:
    """Return True if an operation is a function of one input, apart from constants."""
    return op.arity == 1 + len(op.constants)


def mean_sizes(nodes: Sequence[Value]) -> list[int]:
    """Return the lengths of the means among `nodes`."""
    return sorted({len(node.inputs) for node in nodes if node.op and node.op.name == "mean"})


def _other_branches(c: Value, place: int) -> list[float]:
    """Return the local derivatives on the other sides of a kink."""
    op = c.op
    if op is None:
        return []
    if op.chooses:
        return [0.0, 1.0]
    if not is_kinked(op, place):
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
            yield from _partial_at(c, place, rule, point, output)


def _wrong_chain(region: Region, c: Value, place: int) -> Iterator[Found]:
    """Yield the slips of the chain rule at a function of one input: its derivative at another point."""
    op, inputs = c.op, input_values(c)
    if op is None or not is_single(op):
        return
    inner = region.tangents[c.inputs[place]]  # type: ignore[index]
    for partial in _partial_at(c, place, op.partials, replaced(inputs, place, region.node.data), None):
        yield Found(POSSIBLE, "wrong point", region.changed_at(c, place, partial), "outer point", c, place)
    for partial in _partial_at(c, place, op.partials, replaced(inputs, place, inner), None):
        for number in (partial, partial * inner):
            yield Found(POSSIBLE, "wrong point", region.changed(c, number), "inner derivative", c, place, factor=inner)


def _partial_at(
    c: Value, place: int, rule: Callable[..., Sequence[Any]], point: Sequence[float], output: float | None
) -> list[float]:
    """Return one local derivative by a rule at another `point`, if it can be computed there."""
    op = c.op
    row = _numbers(lambda: rule([*map(IEEE, point)], IEEE(op.evaluate(point) if output is None else output)))  # type: ignore[union-attr]
    return row[place : place + 1]
