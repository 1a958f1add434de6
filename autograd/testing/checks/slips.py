"""Which slip explains a wrong gradient: a sign, a path left out, a local derivative forgotten or taken elsewhere."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import Any, NamedTuple

from autograd.value import Value

_MOST_PATHS = 10  # of which all selections are tried
_FACTORS = (3, 4, 5, 6, 7, 8, 9, 10, 12)


def relative_error(given: float, wanted: float) -> float:
    """Return by what part of `wanted` a number is off."""
    if given == wanted:
        return 0.0
    return abs(given - wanted) / abs(wanted) if wanted else math.inf


def same_slip(given: Sequence[float], wanted: Sequence[float]) -> str:
    """Say by which factor all numbers that were `given` are off, if it is the same for two or more of them.

    >>> same_slip([2.0, -6.0], [-2.0, 6.0]), same_slip([1.0, 2.0], [3.0, 6.0]), same_slip([1.0, 2.0], [3.0, 5.0])
    ('everywhere the sign is wrong', 'everywhere 1/3 of what it should be', '')
    """
    ratios = [a / b for a, b in zip(given, wanted) if b and math.isfinite(a) and math.isfinite(b)]
    factor = ratios[0] if ratios else 1.0
    if len(ratios) < 2 or len(ratios) < len(given) or not all(math.isclose(r, factor, rel_tol=1e-7) for r in ratios):
        return ""
    if math.isclose(factor, -1.0, rel_tol=1e-7):
        return "everywhere the sign is wrong"
    if factor and abs(factor) < 1 and math.isclose(1 / factor, round(1 / factor), rel_tol=1e-7):
        return f"everywhere 1/{round(1 / factor)} of what it should be"
    return f"everywhere {factor:.10g} times what it should be"


class Arrival(NamedTuple):
    """What comes to a node from `reader`, which reads it as its input number `place`: cotangent times partial."""

    reader: Value
    place: int
    cotangent: float

    @property
    def partial(self) -> float:
        """The local derivative of the reader by the node."""
        return self.reader.partials[self.place]

    @property
    def contribution(self) -> float:
        """What is sent to the node."""
        return self.cotangent * self.partial


def slips(
    given: float, arrivals: Sequence[Arrival], sizes: Sequence[int], close: Callable[[float, float], bool]
) -> list[str]:
    """Name the slips that make of what arrives at a node the gradient that was `given`, the likeliest first.

    `sizes` are the numbers of terms of the means in the graph.
    """
    wanted = sum(arrival.contribution for arrival in arrivals)
    if not arrivals or not math.isfinite(wanted) or not math.isfinite(given):
        return []
    fitting = [
        name
        for name, candidates in _candidates(wanted, arrivals, sizes)
        if any(math.isfinite(x) and not close(x, wanted) and close(given, x) for x in candidates)
    ]
    return list(dict.fromkeys(fitting))


def _candidates(
    wanted: float, arrivals: Sequence[Arrival], sizes: Sequence[int]
) -> Iterator[tuple[str, Iterator[float] | list[float]]]:
    """Yield each slip with the gradients that it leads to, the most telling first."""
    contributions = [arrival.contribution for arrival in arrivals]
    yield "sign", [-wanted]
    yield "other branch", _with_one_changed(wanted, arrivals, _other_branch)
    yield "missing path", _sums_of_some(contributions)
    yield "factor", _with_one_changed(wanted, arrivals, _without_constant)
    yield "no local derivative", _with_one_changed(wanted, arrivals, lambda arrival: [1.0])
    yield "no local derivative", [sum(arrival.cotangent for arrival in arrivals)]
    yield "swapped partials", _with_one_changed(wanted, arrivals, _of_other_inputs)
    yield "wrong point", _with_one_changed(wanted, arrivals, _at_another_point)
    yield "factor", [x for n in (2, *sizes) for x in (wanted * n, wanted / n)]
    yield "sign", [wanted - 2 * contribution for contribution in contributions]
    yield "factor", [x for n in _FACTORS for x in (wanted * n, wanted / n)]


def _with_one_changed(
    wanted: float, arrivals: Sequence[Arrival], partials: Callable[[Arrival], list[float]]
) -> Iterator[float]:
    """Yield what would be the gradient if one of the local derivatives were another one."""
    for arrival in arrivals:
        for partial in partials(arrival):
            yield wanted - arrival.contribution + arrival.cotangent * partial


def _sums_of_some(contributions: Sequence[float]) -> Iterator[float]:
    if len(contributions) > _MOST_PATHS:
        wanted = sum(contributions)
        for contribution in contributions:
            yield contribution
            yield wanted - contribution
        return
    for count in range(1, len(contributions)):
        yield from map(sum, combinations(contributions, count))


def _other_branch(arrival: Arrival) -> list[float]:
    """Return the local derivatives on the other sides of a kink."""
    op, place = arrival.reader.op, arrival.place
    if op is None or not op.is_ours:
        return []
    if op.chooses:
        return [0.0, 1.0]
    if not any(point[place] == 0 and point.count(0.0) == 1 for point in op.kinks):
        return []
    inputs = [float(x) for x in arrival.reader.inputs]
    far = abs(inputs[place]) or 1.0
    return [op.linearize([*inputs[:place], x, *inputs[place + 1 :]])[1][place] for x in (-far, far)]


def _without_constant(arrival: Arrival) -> list[float]:
    """Return the local derivative without a constant n or 1/n: in n * x, x / n, x ** n, and a mean."""
    name, place = arrival.reader.op.name if arrival.reader.op else "", arrival.place
    others = [x for i, x in enumerate(arrival.reader.inputs) if i != place]
    if name == "power":
        return [arrival.partial / others[0]] if others[0] else []
    is_constant = name == "mul" or (name == "div" and place == 0)
    if name != "mean" and (not is_constant or isinstance(others[0], Value)):
        return []
    d = abs(arrival.partial)
    return [1.0] if d and math.isclose(max(d, 1 / d), round(max(d, 1 / d))) else []


def _of_other_inputs(arrival: Arrival) -> list[float]:
    return [d for i, d in enumerate(arrival.reader.partials) if i != arrival.place]


def _at_another_point(arrival: Arrival) -> list[float]:
    """Return the local derivative with the output in the place of the input, or the input in that of the output."""
    op, y = arrival.reader.op, arrival.reader.data
    inputs = [float(x) for x in arrival.reader.inputs]
    if op is None or op.variadic:
        return []
    x, found = inputs[arrival.place], []
    moved = [*inputs[: arrival.place], y, *inputs[arrival.place + 1 :]]
    for place, output in ((inputs, x), (moved, y), (moved, None)):
        try:
            row: Sequence[Any] = op.linearize(place)[1] if output is None else op.partials(place, output)
            found.append(float(row[arrival.place]))
            if output is not None and op.shown:
                found.append(float(op.shown_partials(place, output)[arrival.place]))
        except (ArithmeticError, ValueError, TypeError):
            continue
    return found
