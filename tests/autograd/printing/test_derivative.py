"""Test simplified derivatives: how they read, and that they equal `grad` wherever it is finite."""

from __future__ import annotations

import inspect
import math
import random
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

import pytest

import autograd
from autograd import Value, derivative, exp, grad, op, relu, sigmoid, sin, tanh, where
from autograd.ops import TABLE
from tests.autograd.printing.test_formulas import LEAVES, random_graph

READS = [
    # powers, products, quotients
    ("(2*x + 1)**3", "6(2x + 1)²"), ("x**2 * sin(x)", "2x·sin(x) + x²·cos(x)"), ("x**3", "3x²"), ("5*x", "5"), ("7 + 0*x", "0"),
    ("x*x*x", "3x²"), ("x/3", "1/3"), ("0.3*x**2", "0.6x"), ("1/x", "-1/x²"), ("x**-2", "-2/x³"), ("2*x/(x + 1)", "2/(x + 1) - 2x/(x + 1)²"),
    ("(x**2 + sin(x))**3", "3(x² + sin(x))²·(2x + cos(x))"), ("0.5*(x - y)**2", "x - y"), ("(y - x)**2", "-2(y - x)"), ("-(x - y)", "-1"),
    ("x*y*2*x", "4x·y"), ("(1/3)*x**3", "x²"), ("x**0.5", "1/(2·√(x))"), ("y*(x + y)*2", "2y"), ("-(-x)", "1"), ("x**0", "0"), ("x + x + x", "3"),
    # functions
    ("exp(-x**2/2)", "-x·exp(-x²/2)"), ("x*log(x)", "log(x) + 1"), ("x**2*log(x)", "2x·log(x) + x"), ("log(2*x)", "1/x"), ("sqrt(x)", "1/(2·√(x))"),
    ("-x*log(x) - (1 - x)*log(1 - x)", "log(1 - x) - log(x)"), ("-log(sigmoid(x))", "σ(x) - 1"), ("tanh(y*x)", "y·(1 - tanh(y·x)²)"),
    ("(sigmoid(x) - 1)**2", "-2·σ(x)·(σ(x) - 1)²"), ("sin(x)*cos(x)", "cos(x)² - sin(x)²"), ("sin(x)/cos(x)", "1 + sin(x)²/cos(x)²"), ("x*exp(x)", "exp(x) + x·exp(x)"), ("1/(1 + exp(-x))", "exp(-x)/(1 + exp(-x))²"),
    ("x*3**x", "3^x + x·3^x·log(3)"), ("exp2(x)", "2^x·log(2)"), ("log2(x)", "1/(x·log(2))"), ("erf(x/sqrt(2))*sqrt(2)", "1.12838·exp(-x²/2)"), ("x**x", "x·x^(x - 1) + x^x·log(x)"), ("mean([x, x, y])", "2/3"), ("total([x, 2*x])", "3"), ("dot([x, y], [x, 1])", "2x"), ("norm([x, y])", "x/√(x² + y²)"),
    # conditions
    ("relu(x*y)", "y if x·y > 0 else 0"), ("x*relu(x)", "relu(x) + (x if x > 0 else 0)"), ("leaky_relu(2*x)", "0.02 if 2x ≤ 0 else 2"),
    ("maximum(x**2, x)", "2x if x² > x else 1 if x² < x else x + 1/2"), ("abs(x)", "1 if x > 0 else -1 if x < 0 else 0"), ("where(x > 0, x**2, -x)*x", "3x² if x > 0 else -2x"),
    ("where(x > y, 3*x, x*3)", "3"), ("where(2 > 1, x**2, x)", "2x"), ("(x % 3)*2", "2"), ("x*(y % 3)*2", "2·(y mod 3)"),
    # what must not be simplified
    ("x**2/x", "2x/x - x²/x²"), ("sqrt(x**2)", "x/√(x²)"), ("log(x*y)", "y/(x·y)"), ("log(x) - log(x)", "0/x"), ("(x**0.5)**2", "√(x)/√(x)"), ("y*x*inf", "y·inf"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), READS, ids=[text for text, _ in READS])
def test_how_it_reads(text: str, wanted: str) -> None:
    found = derivative(text, "x")
    assert str(found) == wanted
    ET.fromstring(found.mathml)


def point(rng: random.Random, domain: Any, n: int) -> list[float]:
    """Return `n` random numbers inside the domain of an operation."""
    ends = [*domain, *[(-3.0, 3.0)] * n]
    return [rng.uniform(*ends[i]) for i in range(n)]


@pytest.mark.parametrize("name", TABLE)
def test_of_every_operation(name: str) -> None:
    """The derivative of each operation, also inside other functions, and the derivative of that."""
    each = TABLE[name]
    rng = random.Random(name)
    n = 1 if name == "power" else each.arity or 3
    apply: Callable[..., Any] = (lambda x: each.apply((x, 3.0))) if name == "power" else lambda *xs: each.apply(xs)
    if name == "where":
        apply = lambda x, a, b: where(x > 0.5, a, b)  # noqa: E731
    shapes: list[Callable[..., Any]] = [
        apply,
        lambda *xs: sin(apply(*xs) * xs[0]),
        lambda *xs: apply(*xs) * apply(*xs) / (2 + exp(xs[0])),
    ]
    for f in shapes:
        g = named(f, n)
        for k in range(n):
            slope = derivative(g, f"x{k}")
            for _ in range(3):
                xs = point(rng, each.domain, n)
                wanted = gradient(g, k, xs)
                assert float(slope(*xs)) == pytest.approx(wanted, rel=1e-9, abs=1e-9), (slope, xs)
    second = derivative(derivative(named(apply, n), "x0"), "x0")
    xs = point(rng, each.domain, n)
    assert float(second(*xs)) == pytest.approx(gradient(grad(named(apply, n)), 0, xs), rel=1e-7, abs=1e-9)


def named(f: Callable[..., Any], n: int) -> Callable[..., Any]:
    """Return f with parameters x0, x1, ..."""
    return {1: lambda x0: f(x0), 2: lambda x0, x1: f(x0, x1), 3: lambda x0, x1, x2: f(x0, x1, x2)}[n]  # noqa: PLW0108


def gradient(f: Callable[..., Any], k: int, xs: list[float]) -> float:
    """Return the derivative of f by argument `k`; 0 if f returns a plain number, as a comparison may."""
    leaves = [Value(x) for x in xs]
    y = f(*leaves)
    if isinstance(y, Value):
        y.backward()
    return leaves[k].grad


SMOOTH = ["sin", "cos", "tanh", "sigmoid", "softplus", "exp", "relu", "abs", "sqrt", "log", "atan", "gelu", "silu", "log1p", "cosh", "cbrt"]  # fmt: skip


def random_function(rng: random.Random, depth: int) -> Callable[[Any, Any], Any]:
    """Return a random function of two numbers."""
    if depth == 0 or rng.random() < 0.1:
        c = rng.choice([2.0, -1.0, 0.5, 3.0, 1.0, 1 / 3])
        return rng.choice([lambda x, y: x, lambda x, y: y, lambda x, y: x, lambda x, y: c])
    f, g = random_function(rng, depth - 1), random_function(rng, depth - 1)
    each, n = TABLE[rng.choice(SMOOTH)], rng.choice([2.0, 3.0, -1.0, -2.0, 0.5, 1.5])
    return rng.choice([
        lambda x, y: each(f(x, y)), lambda x, y: each(f(x, y)), lambda x, y: f(x, y) + g(x, y), lambda x, y: f(x, y) - g(x, y), lambda x, y: f(x, y) * g(x, y),
        lambda x, y: f(x, y) * g(x, y), lambda x, y: TABLE["div"](f(x, y), g(x, y)), lambda x, y: TABLE["power"](f(x, y), n),
        lambda x, y: where(f(x, y) > y, f(x, y), g(x, y)), lambda x, y: autograd.maximum(f(x, y), g(x, y)),
    ])  # fmt: skip


@pytest.mark.filterwarnings("ignore")
def test_of_random_functions() -> None:
    """Neither a value nor the domain changes: where `grad` is finite, the formula gives the same number."""
    rng = random.Random(4)
    checked = 0
    for _ in range(250):
        f = random_function(rng, rng.choice([2, 3, 4]))
        try:
            slope = derivative(f, "x")
        except ValueError:  # too long
            continue
        for _ in range(3):
            x, y = rng.uniform(-3, 3), rng.uniform(-3, 3)
            value, wanted = f(Value(x), Value(y)), gradient(f, 0, [x, y])
            if math.isfinite(value) and math.isfinite(wanted) and max(abs(float(value)), abs(wanted)) < 1e6:
                assert float(slope(x, y)) == pytest.approx(wanted, rel=1e-6, abs=1e-7), (slope, x, y)
                checked += 1
    assert checked > 400


def test_of_random_graphs() -> None:
    rng = random.Random(6)
    checked = 0
    for _ in range(60):
        leaves, root = random_graph(rng, size=6)
        root.backward()
        for leaf in leaves:
            try:
                slope = derivative(root, leaf)
            except ValueError:
                continue
            numbers = {x.label: x.data for x in leaves if x.label in slope.parameters}
            assert float(slope(**numbers)) == pytest.approx(leaf.grad, rel=1e-8, abs=1e-10)
            checked += 1
    assert checked > 20 * LEAVES


def test_signs_in_the_table_hold() -> None:
    rng = random.Random(0)
    for each in TABLE.values():
        assert each.sign in ("", ">0", "≥0")
        for _ in range(50 if each.sign else 0):
            y = each.apply(tuple(point(rng, each.domain, each.arity or 3)))
            assert y > 0 if each.sign == ">0" else y >= 0


class TestResults:
    def test_they_are_functions(self) -> None:
        slope = derivative(lambda w, x: tanh(w * x), "w")
        assert slope.parameters == ("w", "x")
        assert list(inspect.signature(slope).parameters) == ["w", "x"]
        assert slope(0.5, x=2.0) == pytest.approx(2 * (1 - math.tanh(1.0) ** 2))
        assert isinstance(slope(Value(0.5), 2.0), Value)
        assert str(derivative(slope, "w")) == "-2x²·tanh(w·x)·(1 - tanh(w·x)²)"
        with pytest.raises(TypeError, match="missing a required argument: 'x'"):
            slope(1.0)

    def test_latex_and_mathml(self) -> None:
        slope = derivative("(2*x + 1)**3 * relu(x)")
        assert slope.latex.startswith(r"6 {\left(2 x + 1\right)}^{2} \cdot \operatorname{relu}\left(x\right) + \left(\begin{cases}") or "begin{cases}" in slope.latex  # fmt: skip
        assert "&#8290;" in slope.mathml
        assert slope._repr_latex_().startswith(r"$\displaystyle ")

    def test_of_functions_with_other_nodes(self) -> None:
        w, b = Value(2.0, "w"), Value(3.0)
        assert str(derivative(lambda x: sigmoid(w * x + b))) == "w·σ(x·w + 3)·(1 - σ(x·w + 3))"
        assert str(derivative(lambda x: x * grad(lambda t: t**3)(x))) == "9x²"
        assert str(derivative(lambda x, n=3.0: x**n)) == "3x²"
        assert str(derivative(lambda x: 5.0)) == "0"

    def test_of_graphs(self) -> None:
        a, b = Value(2.0, "a"), Value(-3.0, "b")
        d = a * b + a
        loss = d**2
        assert str(derivative(loss, a)) == "2(a·b + a)·(b + 1)"
        d.label = "d"
        assert str(derivative(loss, a, keep=d)) == str(derivative(loss, a, expand=False)) == "2d·(b + 1)"
        assert str(derivative(loss, d)) == "2d"
        assert str(derivative(loss, Value(1.0))) == "0"
        unnamed = Value(4.0)
        assert str(derivative(unnamed * unnamed * a, unnamed)) == "2a·v1"
        assert derivative(loss, a, keep=d).parameters == ("a", "b", "d")

    def test_factors_that_are_known_to_be_positive_cancel(self) -> None:
        w = Value(0.5, "w")
        p = sigmoid(w)
        loss = -autograd.log(p)
        p.label = "p"
        assert str(derivative(loss, w, keep=p)) == "p - 1"
        assert str(derivative(lambda x: autograd.log(1 + exp(x)))) == "exp(x)/(1 + exp(x))"

    @pytest.mark.parametrize("text", ["x**2*sin(x)", "tanh(w*x + b)", "exp(-x**2)/2", "x*log(x)"])
    def test_text_is_read_back(self, text: str) -> None:
        from tests.autograd.printing.test_formulas import read_back

        names = {name: Value(0.7 + i, name) for i, name in enumerate("xwb")}
        slope = derivative(text, "x")
        code = str(slope)
        for digit in "0123456789":
            code = code.replace(f"{digit}x", f"{digit}*x").replace(f"{digit}(", f"{digit}*(")
        assert read_back(code, names) == pytest.approx(float(slope(*(names[p].data for p in slope.parameters))))


class TestMistakes:
    def test_wrong_arguments(self) -> None:
        with pytest.raises(ValueError, match=r"x must be the name of a parameter of f \(x, y\), got 'z'"):
            derivative(lambda x, y: x * y, "z")
        with pytest.raises(ValueError, match=r"\(x, y\), got None"):
            derivative("x*y")
        with pytest.raises(ValueError, match=r"\(it has none\), got None"):
            derivative("7")
        with pytest.raises(TypeError, match="keep and expand apply to nodes of a graph"):
            derivative("x*y", "x", expand=False)
        with pytest.raises(TypeError, match="f must be a function, a formula as text or a Value, got float"):
            derivative(2.0, "x")  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="x must be a Value, got a str"):
            derivative(Value(2.0), "x")
        with pytest.raises(TypeError, match="must be a number, got list"):
            derivative(lambda x: [x, x])
        with pytest.raises(ValueError, match="cannot read this formula"):
            derivative("x +")

    def test_a_branch(self) -> None:
        with pytest.raises(TypeError, match=r"instead of a branch, use where"):
            derivative(lambda x: x if x > 0 else -x)

    def test_rules_that_take_only_numbers(self) -> None:
        odd = op("odd", math.sin, lambda x, y: [math.cos(x)])
        with pytest.raises(TypeError, match="the rule of odd must accept formulas, not only numbers"):
            derivative(odd)
        branching = op("branching", abs, lambda x, y: [1.0 if x > 0 else -1.0])
        with pytest.raises(TypeError, match="instead of a branch, use where"):
            derivative(branching)

    def test_formulas_that_are_too_long(self) -> None:
        def f(x: Any) -> Any:
            for _ in range(60):
                x = sin(x) * relu(x + 1)
            return x

        with pytest.raises(ValueError, match="the formula is too long"):
            derivative(f)

        def deep(x: Any) -> Any:
            for _ in range(2000):
                x = tanh(x)
            return x

        with pytest.raises(ValueError, match="too (long|deep)"):
            str(derivative(deep))
        x = Value(0.5, "x")
        hidden = deep(x)
        hidden.label = "h"
        assert str(derivative(hidden**2, hidden)) == "2h"
        assert str(derivative(x * hidden, hidden, keep=hidden)) == "x"
