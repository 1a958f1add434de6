"""Test that LaTeX compiles with amsmath alone, and that labels of all kinds are shown as they are."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

import nn
from autograd import Value, derivative, derive, formula, maximum, relu, where
from autograd.ops import TABLE
from autograd.printing.labels import escaped, split_name
from autograd.printing.latex import LaTeX
from tests.autograd.printing.test_formulas import HOSTILE, random_graph

LABELS = [
    *HOSTILE, "α", "Σ", "sigma_1", "θ̂", "w_max", "x₁", "x₁₂", "ŷ", "x̄", "ẋ", "x⃗", "x'", "f″", "café", "naïve Bayes", "Straße", "Łódź", "重み", "한글", "Ж", "א",
    "ð", "ﬁ", "½", "²", "x²", "₂", "ℝ", "°", "∂L", "∇f", "‖w‖", "50 %", "{x}", "a_b_c", "a|b", '"q"', "w#2", "lambda_", "dL_dw", "a<b>c", "$x$", "é_1", "👩‍🔬", "a--b", "“q”",
    r"\input{x}", r"\end{document}", "^^41", "%\n", "~", "`", "'", "\u202eabc", "e\u0327\u0301",
]  # fmt: skip


def test_every_label_compiles_and_is_ascii() -> None:
    for label in LABELS:
        code = LaTeX.name(label).code
        assert code.isascii()
        assert code.count("{") - code.count(r"\{") == code.count("}") - code.count(r"\}")
        assert code.replace(r"\backslash", "").count("\\") == len(
            re.findall(r"\\[A-Za-z]+|\\[#$%&_{}]", code.replace(r"\backslash", ""))
        )


@pytest.mark.parametrize(
    ("label", "latex", "text"),
    [
        ("α", r"\alpha", "α"), ("alpha", r"\alpha", "alpha"), ("Δ", r"\Delta", "Δ"), ("φ_2", r"\varphi_{2}", "φ_2"), ("x₁₂", "x_{12}", "x₁₂"), ("ŷ", r"\hat{y}", "ŷ"),
        ("x̄_3", r"\bar{x}_{3}", "x̄_3"), ("x'", "x'", "x'"), ("w_max", r"w_{\text{max}}", "w_max"), ("loss", r"\text{loss}", "loss"), ("café", r"\text{caf}\acute{\text{e}}", "café"),
        ("重", r"\text{U+91CD}", "重"), ("50 %", r"\left(\text{50 }\%\right)", "(50 %)"), ("a b", r"\left(\text{a b}\right)", "(a b)"), ("x²", r"\left(\text{x}{}^{\text{2}}\right)", "(x²)"),
        ("a|b", r"\left(\text{a}\vert \text{b}\right)", "(a|b)"), ("a<b", r"\left(\text{a}< \text{b}\right)", "(a<b)"),
    ],
)  # fmt: skip
def test_labels(label: str, latex: str, text: str) -> None:
    assert formula(Value(2.0, label) ** 2).latex == f"{{{latex}}}^{{2}}"
    assert str(formula(Value(2.0, label) ** 2)) == f"{text}²"
    math = ET.fromstring(formula(Value(2.0, label) * 3).mathml)
    shown = {"alpha": "α"}.get(label, label.translate(str.maketrans("₁₂", "12", "_")))
    assert shown in "".join(math.itertext())


def test_split_name() -> None:
    assert split_name("x₁₂") == ("x", "12")
    assert split_name("x²") is None
    assert split_name("2x") is None
    assert escaped("") == ""


def test_functions() -> None:
    x = Value(2.0, "x")
    assert formula(x.log2() + x.log10()).latex == r"\log_{2}\left(x\right) + \log_{10}\left(x\right)"
    assert formula(relu(x)).latex == r"\operatorname{relu}\left(x\right)"
    assert formula(x.leaky_relu()).latex.startswith(r"\operatorname{\text{leaky}\_\text{relu}}")
    assert "<" in derivative(lambda x: where(x < 2, x, 1)).latex


def documents() -> Iterator[str]:
    """Yield the code of formulas and derivations: of each operation, each label, random graphs, layers."""
    for name, each in TABLE.items():
        inputs = [Value(0.5, "x"), Value(1.5, "y_1"), Value(2.5, "z")][: each.arity or 3]
        node = each.apply((inputs[0], 3.0) if name == "power" else tuple(inputs))
        node.label = "h"
        yield from (formula(node).latex, derive(node * node, inputs[0]).latex, derivative(node * node, inputs[0]).latex)
    for label in LABELS:
        a = Value(2.0, label)
        yield from (formula(a * 1.5 + a**2 - a).latex, derive(a * 1e-9 * a, a).latex)
    for seed in range(20):
        leaves, root = random_graph(random.Random(seed), size=5)
        yield derive(root, leaves[0]).latex
    x = Value(2.0, "x")
    yield derivative("maximum(x**2, x) * abs(x)").latex
    yield derive(maximum(x, 2.0) * where(x > 1, x, 1.0), x).latex
    yield nn.derive_layers(nn.MLP(2, [3, 2, 1], activation="leaky_relu")).latex


def test_it_compiles(tmp_path: Path) -> None:
    if shutil.which("pdflatex") is None:
        assert os.environ.get("LATEX_TESTS") != "required", "pdflatex is not installed"
        pytest.skip("pdflatex is not installed; on Debian: apt-get install texlive-latex-base")
    body = "\n".join(rf"\[{code}\]" for code in documents())
    source = rf"\documentclass{{article}}\usepackage{{amsmath}}\begin{{document}}{body}\end{{document}}"
    (tmp_path / "all.tex").write_text(source, encoding="ascii")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "all.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Missing character" not in (tmp_path / "all.log").read_text(errors="replace")
