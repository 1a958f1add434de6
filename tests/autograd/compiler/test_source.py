"""The source of programs: it runs on its own, is the same each time, and has nothing of anybody's labels."""

from __future__ import annotations

import ast
import math
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
from autograd import (
    Value,
    acosh,
    compile,
    dot,
    gelu,
    grad,
    logsumexp,
    maximum,
    op,
    scope,
    silu,
    sin,
    softplus,
    tanh,
    total,
)
from autograd.compiler.program import Program
from autograd.ops import TABLE, power
from tests.autograd.compiler.against_eager import check, normal

gamma = op("gamma", math.gamma, lambda x, y: [math.lgamma(float(x))])


def hostile() -> tuple[Any, list[Value]]:
    labels = [
        '"""); raise SystemExit; """',
        "x\nimport os",
        "__import__('os')",
        "S",
        "np",
        "forward",
        "λ",
        "'",
        "\\",
        "class",
    ]
    params = [Value(1.0 + i, label) for i, label in enumerate(labels)]
    for i, p in enumerate(params):
        p.scope = (labels[-i], "os; boom")

    def loss(x: Any) -> Any:
        with scope('"""\nraise SystemExit'):
            return total([tanh(p * v) for p, v in zip(params, x)]) + logsumexp(params) + params[0] * params[1]

    return loss, params


@pytest.mark.parametrize(("f", "call"), [(gelu, "= erfc("), (silu, "= exp("), (softplus, "= exp(")])
def test_calls_that_the_gradient_needs_again_are_made_once(f: Any, call: str) -> None:
    compiled = compile(f, backend="numpy")
    x = normal(100)
    value, gradient = compiled.value_and_grad(x)
    assert value == pytest.approx([f(t) for t in x])
    assert gradient == pytest.approx([grad(f)(t) for t in x.tolist()])
    forward, backward = compiled.program.source.split("def forward")[1].split("def backward")
    assert forward.count(call) == backward.count(call) == 1
    assert compiled.program.statements == [f"{f.name}1 = {f.name}(x)"]


def test_labels_are_no_part_of_programs() -> None:
    loss, params = hostile()
    x = normal(3, len(params))
    key = '"""\nraise SystemExit\n"""'
    step = check(loss, params, x)
    for compiled in (step, compile(lambda x: loss(x[key]), params=params)):
        value = compiled(x if compiled is step else {key: x})
        assert value == step(x)
        assert compiled.program.source.isascii()
        tree = ast.parse(compiled.program.source)
        assert not any(isinstance(node, ast.Raise) for node in ast.walk(tree))
        modules = {part for node in ast.walk(tree) for part in imported(node)}
        assert modules <= {"math", "numpy", "numpy.lib.stride_tricks"}


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [str(node.module)]
    return [each.name for each in node.names] if isinstance(node, ast.Import) else []


RUNNER = """
import numpy as np
inputs = np.load(r"{data}")
value, gradient = run(inputs["theta"], inputs["arguments"])
np.savez(r"{results}", value=value, gradient=gradient)
"""


def standalone(step: Any, theta: Any, arguments: Any, folder: Path) -> tuple[Any, Any]:
    """Run the source of a program in a process that has nothing else."""
    data, results = folder / "data.npz", folder / "results.npz"
    np.savez(data, theta=theta, arguments=arguments)
    (folder / "program.py").write_text(step.program.source + RUNNER.format(data=data, results=results))
    subprocess.run([sys.executable, "-I", "-W", "error::SyntaxWarning", folder / "program.py"], check=True)
    with np.load(results) as found:
        return found["value"], found["gradient"]


@pytest.mark.slow
def test_the_source_runs_on_its_own(tmp_path: Path) -> None:
    loss, params = hostile()
    x = normal(3, len(params))
    theta = [p.data for p in params]
    step = compile(loss, params=params, reduction="sum")
    wanted, slopes = step.value_and_grad(theta, x)
    value, gradient = standalone(step, theta, x.T, tmp_path)
    assert value.sum() == wanted
    assert gradient.tolist() == slopes.tolist()


@pytest.mark.slow
def test_the_source_of_all_operations_runs_on_its_own(tmp_path: Path) -> None:
    chosen = [each for each in TABLE.values() if each is not power]

    def f(x: Any, y: Any, z: Any) -> Any:
        results = [each.apply((x, y, z)[: each.arity or 3]) for each in chosen if each is not acosh]
        results.append(acosh(x + 1))  # in its domain
        results += [tanh(x**0.5), dot([x, y], [y, z], 1.0), maximum(x, y)]
        return total([sin(r) for r in results])

    points = np.random.default_rng(0).uniform(0.1, 0.9, (3, 1000))  # so many that arrays are faster
    compiled = compile(f)
    wanted, slopes = compiled.value_and_grad(*points)
    assert isinstance(compiled.program, Program)
    value, gradient = standalone(compiled, [], points, tmp_path)
    assert value.tolist() == wanted.tolist()
    assert gradient.tolist() == [g.tolist() for g in slopes]


def test_programs_are_deterministic() -> None:
    def source() -> str:
        model = nn.MLP(3, [4, 2], rng=random.Random(11))
        step = compile(
            lambda x: logsumexp(model(x)) + gamma(sum(p * p for p in model.parameters())), params=model.parameters()
        )
        step(np.ones((2, 3)))
        return step.program.source

    assert source() == source()
