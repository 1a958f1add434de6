"""Test names, formulas and derivations: brackets, well-formed output in every format, hostile labels."""

from __future__ import annotations

import itertools
import math
import random
import re
import xml.etree.ElementTree as ET

import pytest

from autograd import Value, backprop, derive, exp, formula, maximum, mean, op, pow, relu, sigmoid, total, where
from autograd.backpropagation import topological
from autograd.ops import TABLE, dot
from autograd.parsing import evaluate
from autograd.printing.formulas import Names
from autograd.printing.labels import escaped
from autograd.printing.latex import LaTeX
from autograd.printing.mathml import MathML, math_element
from autograd.printing.notation import Written
from autograd.printing.table import Table
from autograd.printing.text import Text
from autograd.terminal import plain

WRITINGS = [Text, LaTeX, MathML]
BOUNDED = ["add", "sub", "mul", "neg", "sin", "cos", "atan", "tanh", "sigmoid", "softplus", "gelu", "erf", "erfc", "total", "mean", "logsumexp", "dot"]  # fmt: skip
LEAVES = 3
HOSTILE = [
    "</script>", '"><img onerror=x>', "$\\alpha$", "😀", "x" * 500, "a\nb", "\\end{aligned}\\href{javascript:x}", "}{", "#_^~&%`", "1",
]  # fmt: skip


def random_graph(rng: random.Random, size: int) -> tuple[list[Value], Value]:
    """Leaves, and a node that is computed from them with sharing, by smooth operations whose numbers stay small."""
    leaves = [Value(rng.uniform(-1, 1), f"x{i}") for i in range(LEAVES)]
    nodes = list(leaves)
    for i in range(size):
        op = TABLE[rng.choice(BOUNDED)]
        nodes.append(op.apply(tuple(nodes[rng.randrange(max(0, i - 3), LEAVES + i)] for _ in range(op.arity or 3))))
    return leaves, nodes[-1]


def read_back(text: str, names: dict[str, Value]) -> float:
    """Evaluate a formula in plain text with the parser of `chainrule grad`."""
    for sign, python in {
        "·": "*",
        "^": "**",
        "σ": "sigmoid",
        "√": "sqrt",
        "arcsin": "asin",
        "arccos": "acos",
        "arctan": "atan",
    }.items():
        text = text.replace(sign, python)
    text = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda m: "**" + m[0].translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")), text)
    text = re.sub(r"\|(\w+)\|", r"abs(\1)", text).replace("max(", "maximum(").replace("min(", "minimum(")
    return float(evaluate(text, names))


def random_expression(rng: random.Random, leaves: list[Value], depth: int) -> Value | float:
    if depth == 0:
        return rng.choice([*leaves, rng.choice([2.0, -3.0, 0.5])])
    a, b = (random_expression(rng, leaves, rng.randrange(depth)) for _ in range(2))
    return rng.choice([
        lambda: a + b, lambda: a - b, lambda: a * b, lambda: a / (b if float(b) else 1.0), lambda: -a, lambda: a**2, lambda: a**-1 if float(a) else a,
        lambda: sigmoid(a), lambda: exp(a * 0.01), lambda: maximum(a, b), lambda: a - (b - a), lambda: a / (b * 2 + 0.1), lambda: -(a + b), lambda: (-a) ** 2, lambda: 2 ** -(a * 0.1),
    ])()  # fmt: skip


class TestBrackets:
    @pytest.mark.slow
    def test_formulas_say_what_was_computed(self) -> None:
        """Thousands of random expressions, written as text and read back by the parser."""
        rng = random.Random(0)
        leaves = [Value(1.5, "x"), Value(-2.25, "y"), Value(0.75, "z")]
        names = {leaf.label: leaf for leaf in leaves}
        read = 0
        for _ in range(3000):
            node = random_expression(rng, leaves, 5)
            if isinstance(node, Value) and math.isfinite(node.data) and abs(node.data) < 1e6:
                back = read_back(str(formula(node)), names)
                assert math.isclose(back, node.data, rel_tol=1e-4, abs_tol=1e-6), formula(node)
                read += 1
        assert read > 2000

    @pytest.mark.parametrize(
        ("text", "wanted"),
        [
            ("a - (b - c)", "a - (b - c)"), ("a - b - c", "a - b - c"), ("a / (b * c)", "a/(b·c)"), ("a / b * c", "a/b·c"),
            ("-(a + b)", "-(a + b)"), ("(-a) ** 2", "(-a)²"), ("-a ** 2", "-a²"), ("(a ** 2) ** 3", "(a²)³"), ("a ** (b + c)", "a^(b + c)"),
            ("a + -b", "a - b"), ("a - -b", "a - (-b)"), ("a * -b", "a·(-b)"), ("-2 * a", "-2·a"), ("2 ** -a", "2^(-a)"), ("a + -2", "a - 2"),
            ("a * 1 + 0", "a"), ("0 + 1 * a", "a"), ("a ** 1", "a"), ("a / 1 - 0", "a"), ("0 - a", "-a"), ("-1 * a", "-a"), ("0 * a", "0"), ("a ** 0", "1"), ("0 / a", "0"),
            ("a / (b / c)", "a/(b/c)"), ("(a / b) ** 2", "(a/b)²"), ("sqrt(a + b)", "√(a + b)"), ("abs(-a)", "|-a|"), ("mean([a, b, c])", "(a + b + c)/3"),
            ("dot([a, b], [c, 2], 1)", "a·c + b·2 + 1"), ("hypot(a, b)", "√(a² + b²)"), ("log1p(a)", "log(1 + a)"), ("expm1(a)", "exp(a) - 1"),
            ("sigmoid(a) * (1 - sigmoid(a))", "σ(a)·(1 - σ(a))"), ("logsumexp([a, b])", "logsumexp(a, b)"), ("leaky_relu(a)", "leaky_relu(a, 0.01)"),
            ("a + -(b + c)", "a - (b + c)"), ("a - (-b + c)", "a - (-b + c)"), ("a + (-b + c)", "a + (-b + c)"), ("a * (b + c) * a", "a·(b + c)·a"),
        ],
    )  # fmt: skip
    def test_by_hand(self, text: str, wanted: str) -> None:
        names = {name: Value(1.5, name) for name in "abc"}
        assert str(formula(evaluate(text, names))) == wanted

    def test_latex(self) -> None:
        a, b = Value(2.0, "alpha"), Value(3.0, "w_12")
        assert (
            formula((-a + b) ** 2 / exp(a)).latex == r"\frac{{\left(-\alpha + w_{12}\right)}^{2}}{\mathrm{e}^{\alpha}}"
        )
        assert formula((a / b) ** 2).latex == r"{\left(\frac{\alpha}{w_{12}}\right)}^{2}"
        assert formula(where(a > b, a, b) * 2)._repr_latex_().startswith(r"$\displaystyle ")
        assert formula(a * 1e-7).latex == r"\alpha \cdot 10^{-7}"
        assert formula(a * 2.5e-7).latex == r"\alpha \cdot 2.5 \cdot 10^{-7}"
        assert formula(a * math.inf).latex == r"\alpha \cdot \infty"
        assert formula(a * math.nan).latex == r"\alpha \cdot \mathrm{nan}"
        assert (
            formula(maximum(a, relu(b))).latex == r"\max\left(\alpha,\; \operatorname{relu}\left(w_{12}\right)\right)"
        )

    def test_numbers(self) -> None:
        assert [Text.number(x).code for x in (1 / 3, 0.5, -2.0, 1e-7, 0.1, -0.0, math.pi, 1e22, 0.0)] == [
            "1/3", "0.5", "-2", "1e-07", "0.1", "0", "3.14159", "1e+22", "0",
        ]  # fmt: skip


@pytest.mark.parametrize("writing", WRITINGS)
class TestEveryOperation:
    @pytest.mark.parametrize("name", TABLE)
    def test_is_written_with_its_partial_derivatives(self, writing: type[Written], name: str) -> None:
        each = TABLE[name]
        inputs = [Value(1.5, label) for label in ("x", "y", "z")[: each.arity or 3]]
        node = each.apply((inputs[0], 3.0) if name == "power" else tuple(inputs))
        names = Names([*inputs, node])
        pieces = [names.definition(node, writing), *(d.code for d in names.partials(node, writing))]
        assert len(pieces) == 1 + len(node.inputs)
        assert all(pieces)
        if writing is MathML:
            for piece in pieces:
                ET.fromstring(math_element(piece))
        if writing is LaTeX:
            assert all(
                piece.count("{") == piece.count("}") and piece.count(r"\left") == piece.count(r"\right")
                for piece in pieces
            )

    @pytest.mark.parametrize("label", HOSTILE, ids=lambda s: ascii(s)[:12])
    def test_labels_are_text(self, writing: type[Written], label: str) -> None:
        a, b = Value(2.0, label), Value(3.0, "b")
        found = [formula(a * b + a), derive(a * b + a, a)]
        if writing is MathML:
            for each in found:
                tree = ET.fromstring(each.mathml)
                assert plain(label) in "".join(tree.itertext()) or label in ("a\nb", "1")
                assert {e.tag.partition("}")[2] for e in tree.iter()} <= {
                    "math",
                    "mrow",
                    "mi",
                    "mo",
                    "mn",
                    "mtext",
                    "mfrac",
                    "msub",
                    "msup",
                    "mtable",
                    "mtr",
                    "mtd",
                }
        if writing is LaTeX:
            for each in found:
                assert "href" not in each.latex or r"\backslash \text{href}" in each.latex
                assert not re.search(r"(?<!\\)[$#%&](?! ?=)", each.latex.replace("&=", ""))
                bare = each.latex.replace(r"\{", "").replace(r"\}", "")
                assert bare.count("{") == bare.count("}")


def test_names_are_unique_and_leave_labels_alone() -> None:
    a, again, number, spaces = Value(1.0, "a"), Value(2.0, "a"), Value(3.0, "v1"), Value(1.0, "  ")
    made = a * again + number + spaces
    nodes = topological([made])
    names = [Names(nodes)[node] for node in nodes]
    assert len(set(names)) == len(nodes)
    assert {"a", "a#2", "v1", "v2"} <= set(names)
    tricky = [Value(1.0, "a"), Value(1.0, "a"), Value(1.0, "a#2")]
    assert sorted(Names(tricky).of.values()) == ["a", "a#2", "a#3"]


def test_labels_that_are_no_names_get_brackets() -> None:
    a = Value(2.0, "a b")
    assert str(formula(a * a)) == "(a b)·(a b)"
    assert str(derive(a * 2, a)).splitlines()[-1] == "dv1/d(a b) = 2"


class TestFormula:
    def test_keep_leaves_nodes_as_they_are_called(self) -> None:
        a = Value(2.0, "a")
        h = a * a
        assert str(formula(h + 1, keep=[h])) == "v1 + 1"
        h.label = "h"
        assert str(formula(h + 1, keep=[h])) == "h + 1"
        assert str(formula(h, keep=[h])) == "a·a"
        assert str(formula(Value(3.0) * a)) == "3·a"

    def test_long_sums_have_dots(self) -> None:
        xs = [Value(float(i), f"x{i}") for i in range(20)]
        assert str(formula(total(xs))) == "x0 + x1 + … + x18 + x19"
        assert str(formula(mean(xs))) == "(x0 + x1 + … + x18 + x19)/20"
        assert str(formula(TABLE["logsumexp"](xs))) == "logsumexp(x0, x1, …, x19)"
        assert r"\dots" in formula(dot(xs, xs, 1.0)).latex

    @pytest.mark.slow
    def test_what_is_shared_too_often_is_refused(self) -> None:
        y = Value(1.0, "x")
        for _ in range(30):
            y = y + y
        with pytest.raises(
            ValueError, match=r"must have at most 1,000 names, numbers and signs, got 2,147,483,647; .*keep=\[u\]"
        ):
            formula(y)
        deep = Value(1.0)
        for _ in range(20_000):
            deep = deep.tanh()
        with pytest.raises(ValueError, match="names, numbers"):
            formula(deep)

    def test_wrong_arguments(self) -> None:
        with pytest.raises(TypeError, match="^v must be a Value, got a number"):
            formula(2.0)
        with pytest.raises(TypeError, match="keep"):
            formula(Value(1.0), keep=["a"])

    @pytest.mark.slow
    def test_what_is_hard_to_write(self) -> None:
        xs = [Value(1.0, f"w{i}") for i in range(9)]
        assert str(formula(dot(xs, [0.0] * 9))) == "0"
        assert str(formula(dot(xs, [0.0] * 8 + [2.0]))) == "w8·2"
        a, b, c = (Value(1.0, name) for name in "abc")
        assert str(formula(where(a, where(b, a, c), a))) == "(a if b else c) if a else a"
        assert str(formula(where(where(a, b, c), b, c))) == "b if (b if a else c) else c"
        assert str(formula(op("e", lambda x: x * 2, lambda x, y: [2.0])(a))) == "e(a)"
        assert str(formula(op("bell\x07\x1b", lambda x: x * 2, lambda x, y: [2.0])(a))) == "bell  (a)"
        assert Text.number(-1 / 3).code == "-1/3"
        assert Text.number(-math.nan).code == "nan"
        x = a
        for _ in range(20_000):
            x = x.sin() * x.cos()
        with pytest.raises(ValueError, match="on more than 1,000,000,000,000,000 paths"):
            derive(x, a)
        with pytest.raises(ValueError, match="names, numbers and signs, got 1,000,000,000,000,000;"):
            formula(x)
        known = op("known", {1.0: 2.0}.__getitem__, lambda x, y: [1.0])
        y = known(a)
        a.data = 5.0
        assert str(y.steps()).splitlines()[2] == "v1    known(a)  2"


class TestSteps:
    def test_they_are_the_sweep_and_change_nothing(self) -> None:
        rng = random.Random(2)
        for _ in range(30):
            leaves, root = random_graph(rng, size=20)
            steps = root.steps()
            assert not any(node.grad for node in topological([root]))
            root.backward()
            assert [step.node for step in steps.forward] == [node for node in topological([root]) if node.op]
            assert all(step.value == step.node.data for step in steps.forward)
            assert all(step.cotangent == step.node.grad for step in steps.backward)
            sums = dict.fromkeys(leaves, 0.0)
            for step in steps.backward:
                for send in step.sends:
                    assert send.contribution == step.cotangent * send.partial
                    assert send.before == sums.get(send.input, 0.0)
                    assert send.after == send.before + send.contribution
                    sums[send.input] = send.after
            assert all(sums[leaf] == leaf.grad for leaf in leaves)

    def test_backprop_yields_the_same_steps(self) -> None:
        _, root = random_graph(random.Random(3), size=30)
        a, b = list(root.steps(2.0).backward), list(backprop(root, 2.0))
        assert [type(step) for step in a] == [type(step) for step in b]
        for one, other in zip(a, b, strict=True):
            assert (one.node, one.name, one.cotangent) == (other.node, other.name, other.cotangent)
            assert list(map(repr, one.sends)) == list(map(repr, other.sends))

    def test_they_are_a_sequence(self) -> None:
        a = Value(2.0, "a")
        steps = (a * a + 1).steps(seed=3.0)
        assert len(steps) == 5
        assert [step.name for step in steps] == ["v1", "v2", "v2", "v1", "a"]
        assert steps[0].formula == "a·a"
        assert steps[-1].cotangent == 12.0
        assert [send.formula for send in steps[3].sends] == ["a", "a"]
        assert list(itertools.islice(reversed(steps), 1)) == [steps[-1]]
        assert len(steps[1:3]) == 2

    def test_tables(self) -> None:
        x = Value(0.5, "x")
        steps = pow(x, Value(3.0, "n")).steps()
        assert "n·x^(n - 1) = 0.75" in str(steps)
        html = steps._repr_html_()
        tree = ET.fromstring(f"<div>{html}</div>")
        assert [caption.text for caption in tree.iter("caption")] == ["Forward pass", "Backward pass"]
        assert len(list(tree.iter("{http://www.w3.org/1998/Math/MathML}math"))) > 10
        assert "forward" not in str(x.steps())

    @pytest.mark.slow
    def test_long_walks_say_what_is_left_out(self) -> None:
        node = Value(1.0, "x")
        for _ in range(5000):
            node = node * 1.0
        steps = node.steps()
        assert len(steps) == 10_001
        assert str(steps).endswith("showing 400 of 10,001 steps")
        assert steps._repr_html_().endswith("showing 400 of 10,001 steps")

    @pytest.mark.slow
    def test_a_node_of_many_inputs_does_not_fill_the_table(self) -> None:
        steps = total([Value(float(i)) for i in range(10_000)]).steps()
        assert "and 9,950 more" in str(steps)
        assert len(str(steps)) < 60_000
        assert len(steps.backward[0].sends) == 10_000

    def test_a_leaf_has_no_forward_pass(self) -> None:
        assert "<caption>Backward pass</caption>" in Value(2.0, "a").steps()._repr_html_()
        assert "Forward" not in Value(2.0, "a").steps()._repr_html_()

    def test_labels_in_the_table_are_text(self) -> None:
        a = Value(1.0, "<b>&</script>")
        ET.fromstring(f"<div>{(a * a).steps()._repr_html_()}</div>")


def test_escaping_and_tables() -> None:
    assert escaped("") == ""
    assert Table([["a"]], "nothing").html().endswith("<tbody></tbody></table>")
    assert plain("x" * 50) == "x" * 39 + "…"
