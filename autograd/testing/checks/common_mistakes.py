"""Find the common mistake that explains a wrong gradient, such as a wrong sign or a missing path."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import Any, NamedTuple

from autograd.testing.inputs import input_values, replaced
from autograd.value import Value

_MAX_PATHS = 10  # number of paths for which all combinations are tried
_FACTORS = (3, 4, 5, 6, 7, 8, 9, 10, 12)


def common_factor(given: Sequence[float], wanted: Sequence[float]) -> str:
    """Return a phrase for the common factor of all `given` numbers over the `wanted` ones, or "" if there is none.

    >>> common_factor([2.0, -6.0], [-2.0, 6.0]), common_factor([1.0, 2.0], [3.0, 6.0]), common_factor([1, 2], [3, 5])
    ('the sign is wrong everywhere', '1/3 of the right value everywhere', '')
    """
    ratios = [a / b for a, b in zip(given, wanted) if b and math.isfinite(a) and math.isfinite(b)]
    factor = ratios[0] if ratios else 1.0
    if len(ratios) < 2 or len(ratios) < len(given) or not all(math.isclose(r, factor, rel_tol=1e-7) for r in ratios):
        return ""
    if math.isclose(factor, -1.0, rel_tol=1e-7):
        return "the sign is wrong everywhere"
    if factor and abs(factor) < 1 and math.isclose(1 / factor, round(1 / factor), rel_tol=1e-7):
        return f"1/{round(1 / factor)} of the right value everywhere"
    return f"{factor:.10g} times the right value everywhere"


class Contribution(NamedTuple):
    """The contribution of a `consumer` to the gradient of its input at index `place`."""

    consumer: Value
    place: int
    cotangent: float

    @property
    def partial(self) -> float:
        """The local derivative of the consumer with respect to the node."""
        return self.consumer.partials[self.place]

    @property
    def value(self) -> float:
        """The cotangent of the consumer times the local derivative."""
        return self.cotangent * self.partial


def matching_mistakes(
    given: float, contributions: Sequence[Contribution], sizes: Sequence[int], close: Callable[[float, float], bool]
) -> list[str]:
    """Return the mistakes that would give the gradient `given` instead of the sum of `contributions`, likeliest first.

    `sizes` are the lengths of the means in the graph.
    """
    wanted = sum(c.value for c in contributions)
    if not contributions or not math.isfinite(wanted) or not math.isfinite(given):
        return []
    matching = [
        name
        for name, candidates in _candidates(wanted, contributions, sizes)
        if any(math.isfinite(x) and not close(x, wanted) and close(given, x) for x in candidates)
    ]
    return list(dict.fromkeys(matching))


def _candidates(
    wanted: float, contributions: Sequence[Contribution], sizes: Sequence[int]
) -> Iterator[tuple[str, Iterator[float] | list[float]]]:
    """Yield each mistake with the gradients that it leads to, the most specific mistakes first."""
    values = [c.value for c in contributions]
    yield "sign", [-wanted]
    yield "other branch", _with_one_changed(wanted, contributions, _other_branch)
    yield "missing path", _partial_sums(values)
    yield "factor", _with_one_changed(wanted, contributions, _without_constant)
    yield "no local derivative", _with_one_changed(wanted, contributions, lambda c: [1.0])
    yield "no local derivative", [sum(c.cotangent for c in contributions)]
    yield "swapped partials", _with_one_changed(wanted, contributions, _other_partials)
    yield "wrong point", _with_one_changed(wanted, contributions, _at_other_point)
    yield "factor", [x for n in (2, *sizes) for x in (wanted * n, wanted / n)]
    yield "sign", [wanted - 2 * value for value in values]
    yield "factor", [x for n in _FACTORS for x in (wanted * n, wanted / n)]


def _with_one_changed(
    wanted: float, contributions: Sequence[Contribution], partials: Callable[[Contribution], list[float]]
) -> Iterator[float]:
    """Yield the gradients that result from replacing one local derivative."""
    for c in contributions:
        for partial in partials(c):
            yield wanted - c.value + c.cotangent * partial


def _partial_sums(values: Sequence[float]) -> Iterator[float]:
    if len(values) > _MAX_PATHS:
        total = sum(values)
        for value in values:
            yield value
            yield total - value
        return
    for count in range(1, len(values)):
        yield from map(sum, combinations(values, count))


def _other_branch(c: Contribution) -> list[float]:
    """Return the local derivatives on the other sides of a kink."""
    op, place = c.consumer.op, c.place
    if op is None or not op.is_ours:
        return []
    if op.chooses:
        return [0.0, 1.0]
    if not any(point[place] == 0 and point.count(0.0) == 1 for point in op.kinks):
        return []
    inputs = input_values(c.consumer)
    far = abs(inputs[place]) or 1.0
    return [op.linearize(replaced(inputs, place, x))[1][place] for x in (-far, far)]


def _without_constant(c: Contribution) -> list[float]:
    """Return the local derivative of n * x, x / n, x ** n or a mean without its constant factor n or 1/n."""
    name, place = c.consumer.op.name if c.consumer.op else "", c.place
    others = [x for i, x in enumerate(c.consumer.inputs) if i != place]
    if name == "power":
        return [c.partial / others[0]] if others[0] else []
    is_constant = name == "mul" or (name == "div" and place == 0)
    if name != "mean" and (not is_constant or isinstance(others[0], Value)):
        return []
    d = abs(c.partial)
    return [1.0] if d and math.isclose(max(d, 1 / d), round(max(d, 1 / d))) else []


def _other_partials(c: Contribution) -> list[float]:
    return [d for i, d in enumerate(c.consumer.partials) if i != c.place]


def _at_other_point(c: Contribution) -> list[float]:
    """Return the local derivatives that result from mixing up the input and the output."""
    op, y = c.consumer.op, c.consumer.data
    if op is None or op.variadic:
        return []
    inputs, found = input_values(c.consumer), []
    moved = replaced(inputs, c.place, y)
    for point, output in ((inputs, inputs[c.place]), (moved, y), (moved, None)):
        try:
            row: Sequence[Any] = op.linearize(point)[1] if output is None else op.partials(point, output)
            found.append(float(row[c.place]))
            if output is not None and op.shown:
                found.append(float(op.shown_partials(point, output)[c.place]))
        except (ArithmeticError, ValueError, TypeError):
            continue
    return found
