"""What all learning platforms need of a worksheet: its blanks, how to mark them, and feedback on usual slips.

A backward pass consists of sums and products, so the gradient that follows from a student's earlier answers is a linear
function of them. A platform that computes can therefore give credit for what is right after a mistake.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from autograd.testing.by_hand.exercises import Exercise
from autograd.testing.by_hand.solutions import contributions
from autograd.testing.by_hand.tolerances import expected_gradients
from autograd.testing.by_hand.wrong_answers import wrong_answers
from autograd.testing.checks.common_mistakes import Contribution
from autograd.value import Value

NOISE = 1e-9  # rounding error of floats
RIGHT, FOLLOWS = "Right.", "This follows from an earlier mistake."
WRONG, EMPTY = "This is not right.", "There is no answer."
MAX_SLIPS = 8  # number of wrong answers with feedback for a blank


class Linear(NamedTuple):
    """A linear function of the answers: `constant` plus the sum of each coefficient times the answer of that blank."""

    constant: float
    coefficients: Mapping[int, float]

    def plus(self, other: Linear, factor: float) -> Linear:
        """Return this function plus `factor` times the `other` one."""
        merged = dict(self.coefficients)
        for i, c in other.coefficients.items():
            merged[i] = merged.get(i, 0.0) + factor * c
        return Linear(self.constant + factor * other.constant, merged)


class Question(NamedTuple):
    """One blank of a worksheet.

    `number` counts the blanks from 1, `answer` is the right gradient, and rounding moves it by up to `tolerance`.
    `expected` is what follows from the answers to the blanks before, which rounding moves by up to `rounding`, relative
    to it. `slips` are wrong answers with the sentence about each.
    """

    number: int
    node: Value
    name: str
    answer: float
    tolerance: float
    expected: Linear
    rounding: float
    slips: Sequence[tuple[float, str]]

    def tolerance_of(self, wrong: float) -> float:
        """Return how far rounding moves a wrong answer. It is less, so that wrong answers are told apart."""
        return max(1e-3 * abs(wrong), NOISE)


def questions(sheet: Exercise) -> list[Question]:
    """Return the blanks of `sheet` in backward order.

    >>> a = Value(2.0, "a")
    >>> b = a * 3.0
    >>> b.label = "b"
    >>> [(q.name, q.answer, q.expected) for q in questions(Exercise(b))]
    [('b', 1.0, Linear(constant=1.0, coefficients={})), ('a', 3.0, Linear(constant=0.0, coefficients={1: 3.0}))]
    """
    found: list[Question] = []
    arriving = contributions(sheet.gradients)
    rounded = expected_gradients(sheet.nodes, {}, sheet.precision)
    rounding = 0.5 * 10.0 ** (1 - sheet.precision.answers)
    known: dict[Value, Linear] = {}  # the gradient of each node as a function of the answers
    for node, gradient in sheet.gradients.items():
        known[node] = expected = _expected(arriving[node], known)
        if node in sheet.asked:
            tolerance = max(rounded[node].tolerance, NOISE * max(1.0, abs(gradient)))
            slips = wrong_answers(sheet, node, MAX_SLIPS, 2 * max(tolerance, 1e-3 * abs(gradient)))
            number = len(found) + 1
            found.append(Question(number, node, sheet.names[node], gradient, tolerance, expected, rounding, slips))
            known[node] = Linear(0.0, {number: 1.0})
    return found


def _expected(arriving: Sequence[Contribution], known: Mapping[Value, Linear]) -> Linear:
    total = Linear(0.0 if arriving else 1.0, {})
    for c in arriving:
        total = total.plus(known[c.consumer], c.partial)
    return total
