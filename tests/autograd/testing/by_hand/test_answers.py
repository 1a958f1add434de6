"""Answers as numbers, text, functions and SymPy expressions; formulas are tested at several points."""

from __future__ import annotations

import math
import sys
from fractions import Fraction

import pytest
import sympy

from autograd import Value, exp, formula, leaves, log, maximum, relu, sqrt, tanh
from autograd.backpropagation import topological
from autograd.parsing import ExpressionError
from autograd.testing import check_by_hand


def neuron() -> Value:
    w, x, b = Value(0.7, "w"), Value(1.3, "x"), Value(-0.4, "b")
    y = tanh(w * x + b)
    y.label = "y"
    return (y - 0.9) ** 2


def test_all_kinds_of_answers_for_one_gradient() -> None:
    a, b = Value(2.0, "a"), Value(-0.375, "b")
    loss = a * b
    symbol = sympy.Symbol("b")
    for answer in (
        -0.375,
        "-3/8",
        "−0,375",
        "b",
        lambda b: b,
        symbol,
        sympy.Rational(-3, 8),
        Fraction(-3, 8),
        formula(b),
    ):
        assert check_by_hand(loss, {"a": answer}), answer
    for answer in (0.375, "3/8", "0,375", "-b", lambda b: -b, -symbol, sympy.Rational(3, 8), formula(-b)):
        assert check_by_hand(loss, {"a": answer}).first.label == "a", answer


def test_text_in_the_notation_of_formula() -> None:
    assert check_by_hand(neuron(), {"y": "2·(y - 0,9)", "w": "2·(y - 0.9)·(1 - y²)·x", "b": "2*(y-0.9)*(1-y**2)"})
    report = check_by_hand(neuron(), {"y": "2·(y - 0,9)", "w": "2·(y - 0.9)·(1 - y)·x", "b": "2*(y-0.9)*(1-y**2)"})
    assert [(m.label, m.verdict) for m in report.marks] == [("y", "right"), ("b", "right"), ("w", "wrong")]


class TestSeveralPoints:
    def test_a_square_is_not_twice_the_number(self) -> None:
        a = Value(2.0, "a")
        assert check_by_hand(a * a, {"a": 4.0})
        assert check_by_hand(a * a, {"a": "2·a"})
        for wrong in ("a*a", lambda a: a**2, sympy.Symbol("a") ** 2):
            report = check_by_hand(a * a, {"a": wrong})
            assert report.first.verdict == "wrong"
            assert "fits at this point, but not everywhere: at a = " in report.first.explanation

    def test_swapped_formulas(self) -> None:
        a, b = Value(2.0, "a"), Value(2.0, "b")
        assert check_by_hand(a * b, {"a": "b", "b": "a"})
        report = check_by_hand(a * b, {"a": "a", "b": "b"})
        assert [mark.verdict for mark in report.marks] == ["wrong", "wrong"]

    def test_numbers_of_the_exercise_may_stand_in_a_formula(self) -> None:
        a, b = Value(2.0, "a"), Value(5.0, "b")
        assert check_by_hand(a * a * b, {"a": "2*a*5"})
        assert not check_by_hand(a * a * b, {"a": "a*a*5"})

    def test_points_stay_inside_the_domain_and_on_one_side_of_kinks(self) -> None:
        x, y = Value(0.01, "x"), Value(0.2, "y")
        loss = log(x) + sqrt(1 - y) + relu(x - 0.5) + maximum(x, y) + abs(y - 1)
        assert check_by_hand(loss, {"x": "1/x", "y": "-1/(2*sqrt(1-y)) + 1 - 1"})
        assert not check_by_hand(loss, {"x": "1/x + 1"})
        assert check_by_hand(relu(x) * y, {"x": "y"}), "the branch that was taken"
        assert check_by_hand(relu(x) * y, {"x": "y if x > 0 else 0"})

    def test_what_follows_from_a_wrong_formula(self) -> None:
        a, b = Value(2.0, "a"), Value(3.0, "b")
        d = a * b
        d.label = "d"
        report = check_by_hand(d * d, {"d": "d", "a": "d*b", "b": "2*d*a"})
        assert {mark.label: mark.verdict for mark in report.marks} == {"d": "wrong", "a": "follows", "b": "right"}
        report = check_by_hand(d * d, {"d": 6.0, "a": "d*b"})
        assert [mark.verdict for mark in report.marks] == ["wrong", "follows"]

    def test_points_that_are_given(self) -> None:
        a, b = Value(2.0, "a"), Value(2.0, "b")
        for at in ({"a": 3, "b": 5}, [{a: 3.0}, {"b": 5}]):
            assert check_by_hand(a * a * b, {"a": "2*a*b"}, at=at)
        assert check_by_hand(a * b, {"a": "a"}, at={"a": 7, "b": 7}), "the formulas agree at this point, too"
        report = check_by_hand(a * a * b, {"a": "a*a*b"}, at={"a": 3, "b": 5})
        assert "at a = 3, b = 5" in report.first.explanation
        assert (report.first.by_hand, report.first.true) == (45.0, 30.0)
        x = leaves([1.0, 2.0], "x")
        assert check_by_hand(x[0] * x[1], {"x[0]": "x[1]"}, at={"x": [3.0, 4.0]})

    def test_points_that_are_refused(self) -> None:
        a = Value(2.0, "a")
        with pytest.raises(ValueError, match="must be inside the domain, got"):
            check_by_hand(log(a), {"a": "1/a"}, at={"a": -1.0})
        loss = log(a) * 2
        with pytest.raises(ValueError, match="must be a leaf, got 'v1'"):
            check_by_hand(loss, {"a": "2/a"}, at={"v1": -1.0})
        with pytest.raises(ValueError, match="no node named 'q'; the graph has: a"):
            check_by_hand(log(a), {"a": "1/a"}, at={"q": -1.0})
        assert "all answers are numbers" in str(check_by_hand(log(a), {"a": 0.5}, at={"a": 3.0}))

    def test_a_slip_that_fits_at_one_point_only_is_not_named(self) -> None:
        a, b = Value(2.0, "a"), Value(2.0, "b")
        report = check_by_hand(a * b**2, {"b": "a*b**2"})  # at this point, also the right number
        assert report.first.verdict == "wrong"
        report = check_by_hand(exp(a) * b, {"a": "exp(a)"})
        assert report.first.slip is not None
        assert "factor" not in report.first.other_slips, "the value of b is 2 at one point only"


def test_functions_with_defaults_and_arrays() -> None:
    x = leaves([1.0, 2.0], "x")
    loss = x[0] * x[1] + x[1] ** 2

    def gradient(x, /, *, scale=1.0):
        return [x[1] * scale, x[0] + 2 * x[1]]

    assert check_by_hand(loss, {"x": gradient})
    assert check_by_hand(loss, {"x[0]": lambda x: x[1]})


def test_answers_that_cannot_be_read() -> None:
    loss = neuron()
    with pytest.raises(ExpressionError, match="no separators of thousands"):
        check_by_hand(loss, {"w": "1,234.5"})
    with pytest.raises(ExpressionError, match="q is not a name here; the names are: w, x, "):
        check_by_hand(loss, {"w": "q*x"})
    with pytest.raises(ValueError, match="the symbols of a SymPy expression must be names of nodes, got 'q'"):
        check_by_hand(loss, {"w": sympy.Symbol("q")})
    with pytest.raises(ValueError, match="the arguments of a gradient function must be names of nodes, got 'q'"):
        check_by_hand(loss, {"w": lambda q: q})
    with pytest.raises(TypeError, match="a gradient worked out by hand must be a number, got list"):
        check_by_hand(loss, {"w": [1.0]})
    with pytest.raises(ValueError, match="each gradient must be given once, got that of w twice"):
        check_by_hand(loss, {"w": 1.0, leaf_of(loss, "w"): 1.0})


def leaf_of(loss: Value, label: str) -> Value:
    return next(node for node in topological([loss]) if node.label == label)


def test_a_missing_sympy_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = 2 * sympy.Symbol("a")
    monkeypatch.setitem(sys.modules, "sympy", None)
    a = Value(2.0, "a")
    with pytest.raises(ImportError, match=r'pip install "chainrule\[sympy\]"'):
        check_by_hand(a * a, {"a": answer})


def test_a_formula_outside_its_domain_elsewhere_is_not_blamed() -> None:
    a = Value(0.5, "a")
    assert check_by_hand(a * a, {"a": lambda a: 2 * a if a == 0.5 else math.log(-1.0)})
