"""Formulas of students and of `formula` are read, and nothing else."""

from __future__ import annotations

import math

import pytest

from autograd import Value, formula
from autograd.ops import TABLE
from autograd.parsing import ExpressionError
from autograd.testing.by_hand.written_formulas import WrittenFormula
from autograd.testing.expressions import apply


@pytest.mark.parametrize("op", TABLE.values(), ids=lambda op: op.name)
def test_all_that_formula_prints_can_be_read(op) -> None:
    """For each operation and its derivatives."""
    count = 5 if op.variadic else op.arity
    numbers = [0.5 * (low + high) for low, high in op.domain] if op.domain else [0.3, -0.7, 0.45, 0.2, 0.6][:count]
    leaves = [Value(x, name) for x, name in zip(numbers, ["a", "b_1", "W[0,1]", "lambda", "x.2"])]
    inputs = [float(x) if i in op.constants and op.name != "where" else x for i, x in enumerate(leaves)]
    node = apply(op, inputs)
    values = {leaf.label: leaf.data for leaf in leaves}
    for each in (node, 2 * node + 1, (node - 3) ** 2 / node, -node):
        text = str(formula(each))
        assert float(WrittenFormula(text, values)(values)) == pytest.approx(each.data, rel=1e-5), text


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("-3/8", -0.375), ("1,5", 1.5), ("−0.25", -0.25), ("–0,25", -0.25), ("2·x² − 1,5", 16.5), ("1e-3", 1e-3),
        ("√x", math.sqrt(3)), ("√(x + 1)", 2.0), ("|x − 5|", 2.0), ("x^2", 9.0), ("x⁻¹", 1 / 3), ("max(x, 2)", 3.0),
        ("max(1,5)", 5.0), ("(1,5 + 2)·2", 7.0), ("ln(x)", math.log(3)), ("[x > 2]", 1.0), ("1 if x > 5 else 2", 2.0),
        ("arctan(x)", math.atan(3)), ("σ(0)", 0.5), ("2×3÷4", 1.5), ("π", math.pi), (" 7 ", 7.0),
        ("W[0,1]·x", 30.0), ("lambda*2", 16.0), ("1,5e2", 150.0), ("9**9**9**9", math.inf), ("e^x", math.e**3),
        ("2x", 6.0), ("6(2x + 1)²", 294.0), ("2x·σ(0)", 3.0), ("1,5x", 4.5), ("3x^2", 27.0), ("(x + 1)(x − 1)", 8.0),
        ("2√x", 2 * math.sqrt(3)), ("2|x|", 6.0), ("|x − 2|", 1.0), ("2e3x", 6000.0), ("3e-25", 3e-25), ("2W[0,1]", 20.0),
        ("x²(1 - x)", -18.0), ("max(1,2x)", 6.0), ("2·x/(2x)", 1.0), ("-2(x)", -6.0), ("12lambda", 96.0), ("1/2*x", 1.5),
    ],
)  # fmt: skip
def test_what_students_write(text: str, number: float) -> None:
    values = {"x": 3.0, "W[0,1]": 10.0, "lambda": 8.0}
    assert float(WrittenFormula(text, values)(values)) == pytest.approx(number)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("1,234.5", "no separators of thousands, got 1,234.5"),
        ("1.234,5", "no separators of thousands"),
        ("1,234,567", "no separators of thousands"),
        ("q + 1", "q is not a name here; the names are: x"),
        ("__import__('os')", "__import__ is not a name here"),
        ("x.real", "must not contain a dot"),
        ("x[0]", "must not contain an index"),
        ("(lambda: 1)()", "cannot read|must not contain|only functions"),
        ("x" * 1001, "at most 1,000 characters, got 1,001"),
        ("x + … + x", "abbreviated"),
        ("1/2x", r"put brackets after the slash, because 1/2x may mean 1/\(2x\) or \(1/2\)x"),
        ("x/3(x + 1)", "put brackets after the slash"),
        ("x(x + 1)", "x"),
        ("", "empty"),
        ("(" * 300 + "x" + ")" * 300, "cannot read this formula|nested too deeply"),
        ("9" * 900, "too large|cannot read"),
    ],
)
def test_what_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ExpressionError, match=problem):
        WrittenFormula(text, ["x"])({"x": 1.0})


def test_names_are_not_parts_of_longer_names() -> None:
    values = {"x": 2.0, "x1": 3.0, "x1#2": 5.0, "v": 7.0, "v1": 11.0}
    assert WrittenFormula("x*x1 + x1#2 + v1", values)(values) == 22.0
    assert WrittenFormula("max(x, x1)", ["x", "x1", "max"])({**values, "max": 9.0}) == 3.0
