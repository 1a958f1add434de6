"""Which slip explains a wrong gradient: a sign, a path left out, a local derivative forgotten or taken elsewhere."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import Any, NamedTuple

from autograd.value import Value

_MOST_PATHS = 10  # of which all selections are tried
_FACTORS = (2, 3, 4, 5, 6, 7, 8, 9, 10, 12)


def relative_error(given: float, wanted: float) -> float:
    """Return by what part of `wanted` a number is off."""
    if given == wanted:
        return 0.0
    return abs(given - wanted) / abs(wanted) if wanted else math.inf


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


def slip(
    given: float, arrivals: Sequence[Arrival], sizes: Sequence[int], close: Callable[[float, float], bool]
) -> str | None:
    """Name the slip that makes of what arrives at a node the gradient that was `given`, or None if none fits.

    `sizes` are the numbers of terms of the means in the graph.
    """
    wanted = sum(arrival.contribution for arrival in arrivals)
    if not math.isfinite(wanted) or not math.isfinite(given):
        return None
    for name, candidates in _candidates(wanted, arrivals, sizes):
        if any(math.isfinite(x) and not close(x, wanted) and close(given, x) for x in candidates):
            return name
    return None


def _candidates(
    wanted: float, arrivals: Sequence[Arrival], sizes: Sequence[int]
) -> Iterator[tuple[str, Iterator[float] | list[float]]]:
    """Yield each slip with the gradients that it leads to, the most telling first."""
    contributions = [arrival.contribution for arrival in arrivals]
    yield "other branch", _with_one_changed(wanted, arrivals, _other_branch)
    yield "sign", [-wanted]
    yield "missing path", _sums_of_some(contributions)
    yield "no local derivative", _with_one_changed(wanted, arrivals, lambda arrival: [1.0])
    yield "no local derivative", [sum(arrival.cotangent for arrival in arrivals)]
    yield "swapped partials", _with_one_changed(wanted, arrivals, _of_other_inputs)
    yield "wrong point", _with_one_changed(wanted, arrivals, _at_another_point)
    yield "sign", [wanted - 2 * contribution for contribution in contributions]
    yield "factor", [wanted * n for n in (*_FACTORS, *sizes)] + [wanted / n for n in (*_FACTORS, *sizes)]


def _with_one_changed(
    wanted: float, arrivals: Sequence[Arrival], partials: Callable[[Arrival], list[float]]
) -> Iterator[float]:
    """Yield what would be the gradient if one of the local derivatives were another one."""
    for arrival in arrivals:
        for partial in partials(arrival):
            others = sum(other.contribution for other in arrivals if other is not arrival)
            yield others + arrival.cotangent * partial


def _sums_of_some(contributions: Sequence[float]) -> Iterator[float]:
    if len(contributions) > _MOST_PATHS:
        for contribution in contributions:
            yield contribution
            yield sum(contributions) - contribution
        return
    for count in range(1, len(contributions)):
        yield from map(sum, combinations(contributions, count))


def _other_branch(arrival: Arrival) -> list[float]:
    """Return the local derivatives on the other sides of a kink."""
    op, inputs = arrival.reader.op, [float(x) for x in arrival.reader.inputs]
    if op is None or not op.is_ours:
        return []
    return {
        "relu": [0.0, 1.0],
        "abs": [-1.0, 1.0],
        "maximum": [0.0, 1.0],
        "minimum": [0.0, 1.0],
        "where": [0.0, 1.0],
        "leaky_relu": [1.0, inputs[-1]],
    }.get(op.name, [])


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
        except (ArithmeticError, ValueError, TypeError):
            continue
    return found + {"tanh": [1 - x * x], "sigmoid": [x * (1 - x)]}.get(op.name, [])
