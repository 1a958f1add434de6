"""Rounding is never taken for a mistake, and a mistake never for rounding."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence

import pytest

from autograd import Value, exp, log, tanh
from autograd.backpropagation import propagate, topological
from autograd.testing import check_by_hand, exercise
from autograd.testing.by_hand.rounded import Rounded, round_to
from autograd.testing.by_hand.tolerances import Precision, expected_gradients
from tests.autograd.testing.by_hand.test_marking import derivation, graphs, nearly_cancelled, seeded
from tests.autograd.testing.by_hand.test_matrix_derivations import attention, layer_norm, lstm_cell


def losses() -> list[Value]:
    w, u, b, h = Value(0.7, "w"), Value(-0.4, "u"), Value(0.1, "b"), Value(0.2, "h")
    for x in (0.5, -1.2, 0.8, 1.5, -0.3):
        h = tanh(w * h + u * x + b)
    return [*graphs(), *nearly_cancelled(), (h - 0.5) ** 2]


def calculation(
    nodes: Sequence[Value], digits: int, *, forward: bool, carried: bool, products: bool, given: bool = False
) -> dict[Value, float]:
    """Return right gradients, rounded to so many digits.

    If `forward`, values are rounded, too; if `given`, also those of leaves. If `carried`, rounded gradients are used
    for the next; if `products`, each factor and each product is rounded.
    """
    values: dict[Value, float] = {}
    for node in nodes:
        inputs = [values[x] if isinstance(x, Value) else float(x) for x in node.inputs]
        y = node.op.evaluate(inputs) if node.op else node.data
        values[node] = round_to(y, digits) if (forward and node.op) or (given and not node.op) else y
    found: dict[Value, float] = {}
    arrived = {nodes[-1]: 1.0}
    for node in reversed(nodes):
        found[node] = round_to(arrived[node], digits)
        inputs = [values[x] if isinstance(x, Value) else float(x) for x in node.inputs]
        row = [float(d) for d in node.op.shown_partials(inputs, values[node])] if node.op else []
        for x, d in zip(node.inputs, row):
            if isinstance(x, Value):
                sent = (found if carried else arrived)[node] * (round_to(d, digits) if products else d)
                arrived[x] = arrived.get(x, 0.0) + (round_to(sent, digits) if products else sent)
    return found


def accused(nodes: Sequence[Value], answers: Mapping[Value, float], precision: Precision | None = None) -> list[Value]:
    expected = expected_gradients(nodes, answers, precision or Precision())
    return [node for node, given in answers.items() if not expected[node].accepts(given)]


@pytest.mark.parametrize("digits", [3, 4, 5, 6])
def test_right_derivations_are_not_accused(digits: int) -> None:
    """However they are rounded on the way, whether all gradients are given, or some, or one."""
    rng = random.Random(digits)
    for loss in losses():
        nodes = topological([loss])
        for forward, carried, products in ((0, 0, 0), (0, 1, 0), (1, 1, 0), (1, 0, 1), (1, 1, 1)):
            answers = calculation(nodes, digits, forward=forward, carried=carried, products=products)
            some = rng.sample(nodes, max(1, len(nodes) // 3))
            for chosen in (nodes, some, some[:1]):
                assert not accused(nodes, {node: answers[node] for node in chosen}), (forward, carried, products)


def test_numbers_rounded_to_four_decimals_and_formulas_among_them() -> None:
    x, w, b = Value(2.0, "x"), Value(-0.5, "w"), Value(1.5, "b")
    r = w * x + b
    y = tanh(r)
    e = y - 1.0
    r.label, y.label, e.label = "r", "y", "e"
    answers = {"e": lambda e: 2 * e, "y": -1.0758, "r": "2·e·(1 − y²)", "b": -0.8461, "w": -1.6922, "x": 0.4230}
    assert check_by_hand(e**2, answers)
    report = check_by_hand(e**2, answers | {"r": "2·e·(1 − y)", "b": -0.5786, "w": -1.1572, "x": 0.2893})
    assert [mark.verdict for mark in report.marks] == ["right", "right", "wrong", "follows", "follows", "follows"]
    answers = calculation(nodes := topological([e**2]), 4, forward=True, carried=True, products=False)
    assert not accused(nodes, {node: round(answer, 4) for node, answer in answers.items()})


@pytest.mark.parametrize("make", [attention, layer_norm, lstm_cell])
def test_right_derivations_of_large_graphs_are_not_accused(make) -> None:
    nodes = topological([make()[0]])
    for digits in (3, 5):
        assert not accused(nodes, calculation(nodes, digits, forward=True, carried=True, products=True))


@pytest.mark.parametrize("digits", [1, 2, 3, 4, 5, 6, 8])
def test_answers_computed_from_the_numbers_on_a_sheet_are_right(digits: int) -> None:
    for loss in losses():
        nodes = topological([loss])
        answers = calculation(nodes, digits, forward=True, carried=True, products=False, given=True)
        assert exercise(loss, digits=digits).mark(answers)
        assert check_by_hand(loss, answers, digits=digits)


def test_mistakes_are_found_in_rounded_derivations_and_in_single_answers() -> None:
    for loss, node, kind, wrong in [*seeded()][::5]:
        nodes = topological([loss])
        answers = derivation(loss, node, wrong)
        assert accused(nodes, answers) == [node], kind
        assert accused(nodes, {n: round_to(x, 4) for n, x in answers.items()}) == [node], kind
        assert accused(nodes, {node: wrong}) == [node], kind


def test_numbers_that_need_no_rounding_have_no_tolerance() -> None:
    x = Value(3.0, "x")
    loss = x * 10.01 - x * 10.0
    assert check_by_hand(loss, {x: 0.01})
    for wrong in (0.0, 0.011, 0.0101, 0.01001, 0.02, -0.01):
        assert not check_by_hand(loss, {x: wrong}), wrong
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    for wrong in (-8.01, -7.999, -8.0001):
        assert not check_by_hand((a * b + a) ** 2, {"v2": wrong})


@pytest.mark.parametrize("loss", losses()[::2])
def test_a_more_exact_answer_is_not_judged_worse(loss: Value) -> None:
    nodes = topological([loss])
    true = dict(propagate(nodes, {loss: 1.0}))
    for node in nodes[:8]:
        rough = round_to(true[node], 3)
        for share in (1.0, 0.9, 0.1, -0.3, -1.0):
            given = true[node] + share * (rough - true[node])
            assert check_by_hand(loss, {node: given}), share
        assert all(check_by_hand(loss, {node: round_to(true[node], d)}) for d in (4, 5, 7, 11))


class TestDigits:
    def test_three_digits_by_default(self) -> None:
        x = Value(3.0, "x")
        loss = x / 3.0
        assert [bool(check_by_hand(loss, {x: y})) for y in (0.3, 0.33, 0.333, 0.3333)] == [False, False, True, True]
        assert [bool(check_by_hand(loss, {x: y}, digits=2)) for y in (0.3, 0.33, 0.333)] == [False, True, True]
        assert [bool(check_by_hand(loss, {x: y}, digits=5)) for y in (0.333, 0.3333, 0.33333)] == [False, False, True]

    @pytest.mark.parametrize("digits", [0, 18, 2.0, True, "3"])
    def test_other_digits_are_refused(self, digits) -> None:
        with pytest.raises(ValueError, match="digits must be an integer from 1 to 17"):
            check_by_hand(Value(1.0), {}, digits=digits)

    def test_a_tie_may_be_rounded_up_or_down(self) -> None:
        x = Value(3.0, "x")
        for y in (0.1234, 0.1235, 0.12345):
            assert check_by_hand(x * 0.12345, {x: y}, digits=4)


class TestRoundedTooEarly:
    def first(self, loss: Value, answers: Mapping, **options: int) -> str | None:
        report = check_by_hand(loss, answers, **options)
        return report.first.slip if report.first else None

    def test_values(self) -> None:
        x = Value(0.8, "x")
        loss = tanh(x)
        assert self.first(loss, {x: 1 - 0.66**2}) == "rounded too early"
        assert self.first(loss, {x: 0.564}) == "rounded too early"
        assert self.first(loss, {x: 1 - 0.664**2}) is None
        assert "to 2 digits: round only the result" in str(check_by_hand(loss, {x: 0.564}))

    def test_the_result(self) -> None:
        x = Value(3.0, "x")
        assert self.first(x / 3.0, {x: 0.33}) == "rounded too early"
        assert self.first(x / 3.0, {x: 0.333}, digits=5) == "rounded too early"

    def test_another_slip_that_fits_comes_first(self) -> None:
        x = Value(0.8, "x")
        assert self.first(tanh(x) * 2.0, {x: 1 - 0.6640367702678491**2}) == "factor"

    def test_numbers_that_cancel(self) -> None:
        w, x = Value(0.35, "w"), Value(1.2, "x")
        loss = exp(w) * x - exp(w) * 1.1985  # in the gradient of w, two numbers near 1.7 nearly cancel
        assert check_by_hand(loss, {w: 0.0022})
        assert not check_by_hand(loss, {w: 0.002215432})


def test_rounded_numbers_contain_what_rounding_gives() -> None:
    rng = random.Random(0)
    for _ in range(300):
        digits = rng.randint(2, 5)
        x, y = rng.uniform(-3, 3), rng.uniform(0.2, 3)
        exact = Rounded(x, digits).rounded(digits) * Rounded(y, digits).rounded(digits) + 1.0
        for k in (digits, digits + 1, digits + 3):
            got = round_to(round_to(round_to(x, k) * round_to(y, k), k) + 1.0, k)
            assert exact.low - 1e-12 <= got <= exact.high + 1e-12
        assert math.isclose(exact.data, x * y + 1.0, abs_tol=1e-15)


def test_what_is_outside_the_domain_of_rounded_numbers_has_no_bound() -> None:
    assert log(Rounded(0.001, 3, -0.001, 0.002)).margin == math.inf
