"""Formulas as text: what is understood, what is refused, and where the mark points."""

from __future__ import annotations

import math

import pytest

from autograd import Value
from autograd.parsing import ExpressionError, evaluate, identifier


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2 + 3 * 4", 14.0), ("-2 ** 2", -4.0), ("2 ** -1", 0.5), ("(1 + 2) * 3", 9.0), ("+5 - -5", 10.0), ("1 / 0", math.inf),
        ("tanh(x)", math.tanh(2.5)), ("x ** y", 2.5**3), ("2 ** y", 8.0), ("sin(pi / 2)", 1.0), ("log(e)", 1.0), ("1e3", 1000.0),
        ("dot([x, y], [1, 2], 3)", 11.5), ("mean([x, 0.5])", 1.5), ("where(x > y, x, -x)", -2.5), ("where(x <= 3, 1, 2)", 1.0),
        ("leaky_relu(-x, 0.5)", -1.25), ("maximum(x, y)", 3.0), ("9**9**9", math.inf), ("x\n+ 1", 3.5),
        ("(-8) ** (1/3)", math.nan),
    ],
)  # fmt: skip
def test_values(text: str, wanted: float) -> None:
    got = float(evaluate(text, {"x": Value(2.5, "x"), "y": Value(3.0, "y")}))
    assert got == wanted or (got != got and wanted != wanted)


def test_gradients() -> None:
    x = Value(3.0, "x")
    y = evaluate("x*x + sin( x )", {"x": x})
    y.backward()
    assert x.grad == 6.0 + math.cos(3.0)
    assert y.label == "", "names for what is between are made where it is shown"


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        ('__import__("os")', "__import__ is not a known function", 1),
        ("x.__class__", "a formula must not contain a dot", 1),
        ("1 + (lambda: 2)()", "only functions can be called", 6),
        ("lambda: x", "a formula must not contain a lambda", 1),
        ("[x for x in x]", "a formula must not contain a Python ListComp", 1),
        ("x[0]", "a formula must not contain an index", 1),
        ("2 * 'a'", "this must be a number, got 'a'", 5),
        ("2 * True", "this must be a number, got True", 5),
        ("x + 2j", "this must be a number, got 2j", 5),
        ("f'{x}'", "a formula must not contain a string", 1),
        ("x + q", "q has no value: add q=NUMBER", 5),
        ("é + q", "é has no value", 1),
        ("x + é + q(1)", "é has no value", 5),
        ("2 * sin", r"sin is a function: write sin\(...\)", 5),
        ("x ^ 2", r"write \*\* for a power", 3),
        ("(x) // 2", r"the operator must be one of \+ - \* / % \*\*\n", 5),
        ("not x", r"the sign of a number must be \+ or -", 1),
        ("x < x < x", "a comparison must be one of < <= > >=", 3),
        ("x == x", "a comparison must be one of < <= > >=", 3),
        ("x and x", "a formula must not contain a Python BoolOp", 1),
        ("x # a comment", "a formula must not contain a comment", 3),
        ("power(x, x)", "power is not a known function", 1),
        ("x +", "cannot read this formula", 4),
        ("(x", "was never closed", 1),
        ("2 x", "cannot read this formula", 3),
        ("x; x", "cannot read this formula", 2),
        ("exp(x, x)", r"exp\(\) takes 1 input, got 2 arguments", 1),
        ("1 + dot([x], [1, 2])", "got 1 weights and 2 inputs", 5),
        ("mean([])", "takes at least one number, got none", 1),
        ("exp(x=1)", "takes positional arguments only", 1),
        ("exp(*[x])", "takes positional arguments only", 1),
        ("2 * [x]", "this must be a number, got a list", 5),
        ("2 * (x < 1)", "this must be a number, got a comparison", 6),
        ("total([[x]])", "got a list", 8),
        ("", "the formula is empty", 1),
        ("   ", "the formula is empty", 1),
        ("1" * 400, "too large for a float", 1),
        ("1" * 5000, "Exceeds the limit", 1),
        ("(" * 10_000 + "x" + ")" * 10_000, "at most 10,000 characters, got 20,001", 1),
        ("(" * 4_000 + "x" + ")" * 4_000, "too many nested parentheses", 201),
        ("-" * 5_000 + "x", "nested too deeply", 1),
        ("x" + "+x" * 4_000, "nested too deeply", 1),
        ("sin(" * 150 + "x", "too many nested|never closed", None),
        ("x \0 y", "null bytes", None),
        ("x + \ud800", r"must not contain '\\ud800'", 5),
    ],
    ids=lambda v: ascii(v)[:24],
)
def test_mistakes_are_marked(text: str, message: str, column: int | None) -> None:
    with pytest.raises(ExpressionError, match=message) as caught:
        evaluate(text, {"x": Value(1.0, "x")})
    assert column is None or caught.value.column == column
    *_, mark = str(caught.value).splitlines()
    assert mark.endswith(f"^ column {caught.value.column}")
    assert all(len(line) <= 300 for line in str(caught.value).splitlines())


def test_the_mark_stands_under_its_column_in_long_formulas() -> None:
    with pytest.raises(ExpressionError) as caught:
        evaluate("1 + " * 50 + "q")
    _, shown, mark = str(caught.value).splitlines()
    assert shown[mark.index("^")] == "q"


def test_identifiers() -> None:
    assert identifier(" x1 ") == "x1"
    assert identifier("ﬁ") == "fi", "as Python's parser reads it"
    for wrong in ("", "1x", "a b", "a-b", "x="):
        with pytest.raises(ValueError, match="must be an identifier"):
            identifier(wrong)
