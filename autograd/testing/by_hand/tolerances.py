"""The tolerance of an answer: how far rounding on the way and at the end can move a right derivation.

Every number of a derivation may be rounded: the values at the nodes, the local derivatives, the gradients. The graph is
put through `Rounded` numbers, forward and backward, from the gradients that were written down, so that the interval at
a node contains what a right step leads to from there. Numbers that are exact in few digits have no tolerance.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from autograd.testing.by_hand.rounded import Rounded, digits_shown, significant_digits, unit
from autograd.testing.by_hand.written_sweep import swept
from autograd.value import Value

_NOISE = 1e-12  # relative rounding error of floats
_USUAL = 4  # digits with which people calculate who write down more
PRINTED = 6  # digits with which formulas and tables print numbers


class Precision(NamedTuple):
    """The numbers of significant digits: `answers` have at least so many, `printed` numbers at most so many."""

    answers: int = 3
    printed: int = PRINTED


class Expected(NamedTuple):
    """The gradient that follows from the answers before, and the `tolerance` of an answer for it.

    `spread` is the part of the tolerance that is due to rounding on the way, relative to the terms of the gradient.
    """

    gradient: float
    tolerance: float
    spread: float

    def accepts(self, given: float) -> bool:
        """Return True if rounding explains the difference between `given` and the gradient."""
        return given == self.gradient or abs(given - self.gradient) <= self.tolerance

    def limited(self, least: Expected, digits: int) -> Expected:
        """Return this with a tolerance of half a unit of so many digits at most, but not below the `least`."""
        limit = max(least.tolerance, 0.5 * unit(self.gradient, digits))
        return self._replace(tolerance=limit, spread=least.spread) if limit < self.tolerance else self


def tolerance_of_rounding(x: float, digits: int) -> float:
    """Return how far rounding `x` to so many digits moves it; 0 for a number that has no more digits.

    >>> tolerance_of_rounding(0.25, 3), round(tolerance_of_rounding(1 / 3, 3), 6)
    (2.5e-13, 0.000333)
    """
    return Rounded(x, digits).rounded(digits).margin + _NOISE * abs(x) if math.isfinite(x) else 0.0


def expected_gradients(
    nodes: Sequence[Value],
    answers: Mapping[Value, float],
    precision: Precision,
    formulas: Collection[Value] = (),
) -> dict[Value, Expected]:
    """Return the expected gradient at each of the `nodes`, inputs before outputs, given the `answers` before it.

    With how many digits somebody calculates is seen from an answer and from the others, except for the answers that are
    `formulas`. If the others do not show it, four digits are usual, and an answer of more digits must be right to as
    many as an answer must have.
    """
    least, most = sorted(precision)
    exact = dict(swept(nodes, answers.get))
    shown = {node: digits_shown(answers[node], exact[node]) for node in answers if node not in formulas}
    second, first = sorted([0, 0, *shown.values()])[-2:]
    found: dict[int, dict[Value, Expected]] = {}

    def expected(node: Value, digits: int) -> Expected:
        digits = min(most, max(least, digits))
        if digits not in found:
            found[digits] = expected_with_digits(nodes, answers, precision, digits, formulas)
        return found[digits][node]

    def judged(node: Value) -> Expected:
        if node in formulas:
            return expected(node, most)
        written = significant_digits(answers[node]) if node in answers else 0
        others = second if shown.get(node) == first else first
        if others >= least:
            return expected(node, min(written, others))
        usual = expected(node, min(written, _USUAL))
        return usual.limited(expected(node, most), least) if written > _USUAL else usual

    return {node: judged(node) for node in nodes}


def expected_with_digits(
    nodes: Sequence[Value],
    answers: Mapping[Value, float],
    precision: Precision,
    digits: int,
    formulas: Collection[Value] = (),
) -> dict[Value, Expected]:
    """Return the expected gradient at each of the `nodes` if all numbers are calculated with so many `digits`."""
    rows = _rounded_rows(nodes, digits, precision.printed)
    least = precision.answers

    def carried(node: Value, arrived: Rounded) -> Rounded:
        return _carried(answers[node], arrived, least, node in formulas) if node in answers else arrived

    sweep = swept(nodes, carried, rows, Rounded(1.0, digits))
    return {node: _judged(arrived, least) for node, arrived in sweep}


def _judged(arrived: Rounded, least: int) -> Expected:
    scale = max(abs(arrived.low), abs(arrived.high))
    if not scale < math.inf:
        return Expected(arrived.data, math.inf if math.isfinite(arrived.data) else 0.0, 0.0)
    tolerance = arrived.rounded(least).margin + _NOISE * scale
    return Expected(arrived.data, tolerance, arrived.margin / scale if scale else 0.0)


def _carried(given: float, expected: Rounded, least: int, is_formula: bool) -> Rounded:
    """Return the numbers that somebody who writes down `given` may go on with: before or after rounding it."""
    if not (math.isfinite(given) and given):
        return Rounded(given, expected.digits)
    half = 0.5 * unit(given, expected.digits if is_formula else max(significant_digits(given), least))
    low, high = given - half, given + half
    if _judged(expected, least).accepts(given):
        half = math.inf if is_formula else half
        low, high = max(given - half, expected.low), min(given + half, expected.high)
    return Rounded(given, expected.digits, min(low, given), max(high, given))


def _rounded_rows(nodes: Sequence[Value], digits: int, printed: int) -> dict[Value, Sequence[Rounded]]:
    """Return the local derivatives at each node, computed from rounded values and rounded on the way."""
    values: dict[Value, Rounded] = {}
    rows: dict[Value, Sequence[Rounded]] = {}
    for node in nodes:
        if node.op is None:
            values[node] = Rounded(node.data, digits).rounded(printed)
            continue
        inputs = [
            values[x] if isinstance(x, Value) else _constant(float(x), digits, is_exact=i in node.op.constants)
            for i, x in enumerate(node.inputs)
        ]
        values[node] = node.op.apply(tuple(inputs))
        rows[node] = _row(node, inputs, values[node])
    return rows


def _constant(x: float, digits: int, is_exact: bool) -> Rounded | float:
    number = Rounded(x, digits).rounded(PRINTED)
    return x if is_exact or number.low == number.high else number


def _row(node: Value, inputs: Sequence[Any], y: Rounded) -> Sequence[Rounded]:
    row: Sequence[Any] = node.partials
    with suppress(Exception):  # a user's own rule may accept only numbers
        row = node.op.shown_partials(inputs, y) if node.op else ()
    return [_around(exact, d, y.digits) for exact, d in zip(node.partials, row)]


def _around(exact: float, d: Any, digits: int) -> Rounded:
    number = d if isinstance(d, Rounded) else Rounded(float(d), digits)
    return Rounded(exact, digits, min(exact, number.low), max(exact, number.high))
