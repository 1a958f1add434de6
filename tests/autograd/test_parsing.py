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
        ('__import__("os")', "__import__ is not a function known here", 1),
        ("x.__class__", "a dot has no place in a formula", 1),
        ("1 + (lambda: 2)()", "only a function's name can be called", 6),
        ("lambda: x", "a lambda has no place", 1),
        ("[x for x in x]", "a Python ListComp has no place", 1),
        ("x[0]", "an index has no place", 1),
        ("2 * 'a'", "only numbers can stand here, not 'a'", 5),
        ("2 * True", "only numbers can stand here, not True", 5),
        ("x + 2j", "only numbers can stand here, not 2j", 5),
        ("f'{x}'", "a string has no place", 1),
        ("x + q", "q has no value: add q=NUMBER", 5),
        ("é + q", "é has no value", 1),
        ("x + é + q(1)", "é has no value", 5),
        ("2 * sin", r"sin is a function: write sin\(...\)", 5),
        ("x ^ 2", r"a power is written \*\*", 3),
        ("(x) // 2", r"only \+ - \* / % \*\* combine numbers\n", 5),
        ("not x", r"only \+ and - can stand before", 1),
        ("x < x < x", "one of < <= > >= compares two numbers", 3),
        ("x == x", "one of < <= > >= compares two numbers", 3),
        ("x and x", "a Python BoolOp has no place", 1),
        ("x # a comment", "a comment has no place", 3),
        ("power(x, x)", "power is not a function known here", 1),
        ("x +", "cannot read this formula", 4),
        ("(x", "was never closed", 1),
        ("2 x", "cannot read this formula", 3),
        ("x; x", "cannot read this formula", 2),
        ("exp(x, x)", r"exp\(\) takes 1 input, not 2 arguments", 1),
        ("1 + dot([x], [1, 2])", "not 1 weights and 2 signals", 5),
        ("mean([])", "of nothing is not defined", 1),
        ("exp(x=1)", "one by one", 1),
        ("exp(*[x])", "one by one", 1),
        ("2 * [x]", "a number has to stand here, not a list", 5),
        ("2 * (x < 1)", "a number has to stand here, not a comparison", 6),
        ("total([[x]])", "not a list", 8),
        ("", "the formula is empty", 1),
        ("   ", "the formula is empty", 1),
        ("1" * 400, "too large for a float", 1),
        ("1" * 5000, "Exceeds the limit", 1),
        ("(" * 10_000 + "x" + ")" * 10_000, "20,001 characters; 10,000 are the most", 1),
        ("(" * 4_000 + "x" + ")" * 4_000, "too many nested parentheses", 201),
        ("-" * 5_000 + "x", "nested too deeply", 1),
        ("x" + "+x" * 4_000, "nested too deeply", 1),
        ("sin(" * 150 + "x", "too many nested|never closed", None),
        ("x \0 y", "null bytes", None),
        ("x + \ud800", r"'\\ud800' has no place", 5),
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
        with pytest.raises(ValueError, match="is not a name"):
            identifier(wrong)
