"""Test derivations: definitions, lines that correspond term by term, the collected formula, paths."""

from __future__ import annotations

import math
import random
import xml.etree.ElementTree as ET

import pytest

from autograd import Value, derivative, derive, exp, log, op, relu, sigmoid, where
from autograd.printing.formulas import formula
from tests.autograd.printing.test_formulas import random_graph


def lines(derivation: object) -> list[str]:
    """The sides of the last equation of a derivation: its left side, then what it equals, line by line."""
    rows = [row.split(" = ", 1) for row in str(derivation).splitlines()]
    first = next(i for i, (left, _) in enumerate(rows) if left.strip().startswith("d") and "/d" in left)
    return [rows[first][0].strip(), *(right for _, right in rows[first:])]


def definitions(derivation: object) -> list[str]:
    """The definitions that a derivation begins with."""
    rows = str(derivation).splitlines()
    return [row.strip() for row in rows[: len(rows) - len(lines(derivation)) + 1]]


def example() -> tuple[Value, Value, Value, Value]:
    """Return x and the nodes e = x·y, d = e + x and L = d·e."""
    x, y = Value(3.0, "x"), Value(-2.0, "y")
    e = x * y
    d = e + x
    loss = d * e
    e.label, d.label, loss.label = "e", "d", "L"
    return x, e, d, loss


class TestLines:
    def test_a_whole_derivation(self) -> None:
        x, _, _, loss = example()
        assert (
            str(derive(loss, x))
            == """\
    e = x·y
    d = e + x
    L = d·e
dL/dx = ∂L/∂d·∂d/∂e·∂e/∂x + ∂L/∂d·∂d/∂x + ∂L/∂e·∂e/∂x
      = e·1·y + e·1 + d·y
      = x·y² + x·y + y·(x·y + x)
      = (-6)(1)(-2) + (-6)(1) + (-3)(-2)
      = 12 - 6 + 6
      = 12"""
        )

    def test_keep_and_expand(self) -> None:
        x, e, d, loss = example()
        assert lines(derive(loss, x, keep=[e, d]))[3] == "y·e + e + y·d"
        assert lines(derive(loss, x, expand=False))[3] == "y·e + e + y·d"
        assert lines(derive(loss, x, keep=e))[3] == "y·e + e + y·(e + x)"
        assert str(formula(loss, expand=False)) == "d·e"
        with pytest.raises(TypeError, match="each node in keep must be a Value"):
            derive(loss, x, keep=[2.0])

    def test_products_are_collected(self) -> None:
        x = Value(1.0, "x")
        y = (2 * x + 1) ** 3
        y.label = "y"
        assert lines(derive(y, x)) == ["dy/dx", "∂y/∂v2·∂v2/∂v1·∂v1/∂x", "3v2²·1·2", "6(2x + 1)²", "(27)(1)(2)", "54"]

    def test_terms_stay_in_place_and_like_terms_are_added(self) -> None:
        x, z = Value(2.0, "x"), Value(1.0, "z")
        assert lines(derive(x * x * x, x))[2:5] == ["x·2x + v1", "2x² + x²", "3x²"]
        assert lines(derive(x * log(x), x))[2:4] == ["v1 + x·1/x", "log(x) + 1"]
        e = exp(z)
        p = e / (e + 3)
        e.label, p.label = "e", "p"
        assert lines(derive(-log(p), z, keep=e))[3] == "-1 + e/(e + 3)"

    def test_signs_and_factors_1_stay_in_place(self) -> None:
        a, b = Value(2.0, "a"), Value(-3.0, "b")
        assert lines(derive(a - b * a, a))[2:] == ["1 + (-1)·b", "1 - b", "1 + (-1)(-3)", "1 + 3", "4"]
        assert lines(derive(-(-a * 3), a))[2:] == ["(-1)·3·(-1)", "3", "(-1)(3)(-1)", "3"]

    def test_every_line_has_a_term_for_each_path(self) -> None:
        rng = random.Random(5)
        for _ in range(20):
            leaves, root = random_graph(rng, size=8)
            for leaf in leaves:
                try:
                    found = derive(root, leaf)
                except ValueError:
                    continue
                if len(found.paths) > 1 and max(len(path.factors) for path in found.paths) > 1:
                    names = lines(found)[1].split(" + ")
                    assert [term.count("∂") // 2 for term in names] == [len(path.factors) for path in found.paths]
                    assert f"\n{' ' * str(found).splitlines()[-1].index('=')}= " in str(found)

    def test_the_output_itself_and_strangers(self) -> None:
        a, b = Value(2.0, "a"), Value(3.0, "b")
        assert str(derive(a, a)) == "da/da = 1"
        assert derive(a, a).total == 1.0
        assert lines(derive(a * 2, b)) == ["dv1/db", "0"]
        assert derive(a * 2, b).paths == []

    def test_labels_that_look_like_numbers_are_names(self) -> None:
        p, q = Value(5.0, "1"), Value(7.0, "x")
        assert lines(derive(p * q, q))[1:] in (["(1)", "5"], ["1", "5"])
        zero = Value(5.0, "0")
        assert lines(derive(zero * q * 2, q))[2:] == ["2·(0)", "2(0)", "(2)(5)", "10"]
        assert str(formula(q ** Value(3.0, "2"))) == "x^(2)"

    def test_names_that_would_continue_a_number(self) -> None:
        e3, x = Value(5.0, "e3"), Value(7.0, "x")
        assert str(derivative(e3 * 2 * x, x)) == "2·e3"
        assert str(derivative(1e-7 * x * x, x)) == "2e-07·x"

    def test_an_input_read_twice_is_one_path(self) -> None:
        a = Value(3.0, "a")
        assert lines(derive(a * a, a)) == ["dv1/da", "2a", "6"]

    def test_what_was_not_chosen(self) -> None:
        x = Value(2.0, "x")
        assert lines(derive(where(x > 1, x * x, -x), x))[2] == "1·2x + 0·(-1)"
        assert lines(derive(where(False, x * 2, 1.0), x)) == ["dv2/dx", "∂v2/∂v1·∂v1/∂x", "0·2", "0", "(0)(2)", "0"]

    def test_cases_in_an_equation_are_in_brackets(self) -> None:
        z = Value(-1.0, "z")
        h = relu(z)
        h.label = "h"
        found = derive(h, z)
        assert lines(found) == ["dh/dz", "(1 if z > 0 else 0)", "0"]
        assert "∂h/∂z = (1 if z > 0 else 0) = 0  " in str(h.steps())
        assert lines(derive(2 * h, z))[2:] == ["2·(1 if z > 0 else 0)", "(2 if z > 0 else 0)", "(2)(0)", "0"]
        assert r"&= \begin{cases} 1 & \text{if } z > 0 \\ 0 & \text{otherwise} \end{cases} \\ &= 0" in found.latex
        assert "(1" not in "".join(ET.fromstring(found.mathml).itertext())

    def test_digits(self) -> None:
        a = Value(1.0, "a")
        assert lines(derive(a / 7.7, a, digits=2))[-1] == "0.13"
        for digits in (0, 18, 2.5, True):
            with pytest.raises(ValueError, match="digits must be an integer from 1 to 17"):
                derive(a, a, digits=digits)  # type: ignore[arg-type]

    def test_numbers_that_are_not_finite(self) -> None:
        x = Value(0.0, "x")
        assert lines(derive(log(x), x)) == ["dv1/dx", "1/x", "inf"]


class TestDefinitions:
    def test_each_name_but_a_labelled_leaf_is_defined(self) -> None:
        w, s = Value(0.5, "w"), Value(2.0)
        p = sigmoid(w * s - 0.4)
        p.label = "p"
        assert definitions(derive(-log(p), w)) == ["v1 = 2", "v2 = w·v1", "v3 = v2 - 0.4", "p = σ(v3)", "v4 = log(p)", "v5 = -v4"]  # fmt: skip

    def test_in_a_large_graph_what_is_beside_the_paths_is_a_number(self) -> None:
        x, other = Value(0.5, "x"), Value(1.0, "c")
        for _ in range(200):
            other = other * 1.0
        y = x * other
        y.label = "y"
        assert definitions(derive(y, x)) == ["v200 = 1", "y = x·v200"]


class TestRules:
    def test_rules_that_take_only_numbers_leave_the_symbol(self) -> None:
        odd = op("odd", math.sin, lambda x, y: [math.cos(x)])
        x = Value(1.0, "x")
        assert lines(derive(odd(x), x)) == ["dv1/dx", "∂v1/∂x", f"{math.cos(1.0):.4g}"]
        short = op("short", lambda x: x, lambda x, y: [1.0][: 1 if isinstance(x, float) else 0])
        assert lines(derive(short(x), x)) == ["dv1/dx", "∂v1/∂x", "1"]


class TestPaths:
    @pytest.mark.slow
    def test_products_and_their_sum_are_the_gradient(self) -> None:
        """Random graphs with sharing: the paths, multiplied and added, give what `backward` gives."""
        rng = random.Random(1)
        checked = 0
        for _ in range(150):
            leaves, root = random_graph(rng, size=12)
            root.backward()
            for leaf in leaves:
                try:
                    written = derive(root, leaf)
                except ValueError:
                    continue
                assert written.total == pytest.approx(leaf.grad, rel=1e-10, abs=1e-12)
                assert written.total == pytest.approx(sum(path.product for path in written.paths), rel=1e-12)
                for path in written.paths:
                    assert path.nodes[0] is root
                    assert path.nodes[-1] is leaf
                    assert path.product == pytest.approx(math.prod(f.number for f in path.factors))
                ET.fromstring(written.mathml)
                checked += 1
        assert checked > 200

    @pytest.mark.slow
    def test_too_many_paths_are_counted_and_refused(self) -> None:
        x = Value(1.0, "x")
        y = x
        for _ in range(100):
            y = y + y.tanh()
        with pytest.raises(
            ValueError,
            match="got more than 1,0.* on more than 1,000,000,000,000,000 paths; split it at a node in between",
        ):
            derive(y, x)
        deep = x
        for _ in range(50_000):
            deep = deep * 1.0
        with pytest.raises(ValueError, match="at most 400 factors, got 50,000 on one path"):
            derive(deep, x)

    def test_wrong_arguments(self) -> None:
        with pytest.raises(TypeError, match="^output must be a Value, got a number"):
            derive(2.0, Value(1.0))  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="^input must be a Value, got a str"):
            derive(Value(1.0), "x")  # type: ignore[arg-type]
