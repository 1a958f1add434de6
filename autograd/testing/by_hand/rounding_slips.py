"""Find gradients that are wrong because numbers were rounded too early."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from autograd.testing.by_hand.rounded import round_to, significant_digits
from autograd.testing.by_hand.tolerances import PRINTED, Precision, tolerance_of_rounding
from autograd.testing.by_hand.written_sweep import swept
from autograd.value import Value


def digits_kept(
    nodes: Sequence[Value], node: Value, answers: Mapping[Value, float], given: float, precision: Precision
) -> int:
    """Return to how many digits numbers were rounded on the way to the gradient `given`; 0 if that does not explain it.

    >>> from autograd import tanh
    >>> x = Value(0.8)
    >>> y = tanh(x)
    >>> digits_kept([x, y], x, {}, 1 - 0.66**2, Precision())
    2
    """
    asked = min(max(significant_digits(given), precision.answers), PRINTED)
    for digits in range(max(precision), 0, -1):
        for wrong in _gradients(nodes, node, answers, digits):
            if abs(given - wrong) <= tolerance_of_rounding(wrong, asked):
                return digits
    return 0


def _gradients(nodes: Sequence[Value], node: Value, answers: Mapping[Value, float], digits: int) -> Iterator[float]:
    """Yield what the gradient of `node` is if values, or also gradients, or only the result is rounded."""
    rows = _rows_of_rounded_values(nodes, digits)
    exact = {each: each.partials for each in nodes}
    yield _gradient(nodes, node, answers, rows, PRINTED + digits)
    yield _gradient(nodes, node, answers, rows, digits)
    yield round_to(_gradient(nodes, node, answers, exact, PRINTED + digits), digits)


def _gradient(
    nodes: Sequence[Value],
    node: Value,
    answers: Mapping[Value, float],
    rows: Mapping[Value, Sequence[float]],
    digits: int,
) -> float:
    def carried(each: Value, arrived: float) -> float:
        return answers.get(each, round_to(arrived, digits))

    return float(next(gradient for each, gradient in swept(nodes, carried, rows) if each is node))


def _rows_of_rounded_values(nodes: Sequence[Value], digits: int) -> dict[Value, Sequence[float]]:
    """Return the local derivatives as textbooks write them, at values that are rounded to so many digits."""
    values: dict[Value, float] = {}
    rows: dict[Value, Sequence[float]] = {}
    for node in nodes:
        values[node], rows[node] = node.data, node.partials
        if node.op:
            inputs = [values[x] if isinstance(x, Value) else float(x) for x in node.inputs]
            with suppress(ArithmeticError, ValueError, TypeError):  # at the edge of a domain
                values[node] = round_to(node.op.evaluate(inputs), digits)
                rows[node] = [float(d) for d in node.op.shown_partials(inputs, values[node])]
    return rows
