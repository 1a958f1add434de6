"""Break the rule of each operation in several ways: each mistake is found, and the report names the operation."""

from __future__ import annotations

import math
import operator
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from autograd import Value
from autograd.backpropagation import topological
from autograd.operation import Op
from autograd.ops import TABLE
from autograd.testing import check_gradients
from autograd.testing.expressions import Expression
from autograd.testing.strategies import expressions

pytestmark = [pytest.mark.slow, pytest.mark.no_cover]  # other tests cover the same code

Rule = Callable[..., Sequence[Any]]
OPS = list(TABLE.values())
steeper = Op("steeper", lambda x: x * x * x + 2 * x, lambda x, y: [3 * x * x + 2])


def varied(op: Op, count: int) -> list[int]:
    return [i for i in range(count) if i not in op.constants]


def read(node: Value) -> list[int]:
    """Return the indices of the inputs that are nodes."""
    return [i for i in varied(node.op, len(node.inputs)) if isinstance(node.inputs[i], Value)]


# Mistakes: each returns a wrong row, from the right rule as a function of the list of inputs and the output.


def opposite_sign(rule: Rule, inputs: Sequence[Any], y: Any, op: Op) -> list[Any]:
    return [-d for d in rule(inputs, y)]


def slightly_too_large(rule: Rule, inputs: Sequence[Any], y: Any, op: Op) -> list[Any]:
    return [d * (1 + 1e-6) for d in rule(inputs, y)]


def left_out(rule: Rule, inputs: Sequence[Any], y: Any, op: Op) -> list[Any]:
    return [0.0 for _ in inputs]


def forgotten(rule: Rule, inputs: Sequence[Any], y: Any, op: Op) -> list[Any]:
    return [1.0 for _ in inputs]


def output_for_input(rule: Rule, inputs: Sequence[Any], y: Any, op: Op) -> list[Any]:
    return rule([y if i in varied(op, len(inputs)) else x for i, x in enumerate(inputs)], y)


def input_for_output(rule: Rule, inputs: Sequence[Any], y: Any, op: Op) -> list[Any]:
    return rule(inputs, inputs[varied(op, len(inputs))[0]])


def swapped(rule: Rule, inputs: Sequence[Any], y: Any, op: Op) -> list[Any]:
    row, places = list(rule(inputs, y)), varied(op, len(inputs))
    for i, j in zip(places, places[::-1]):
        row[i] = rule(inputs, y)[j]
    return row


SLIPS = [opposite_sign, slightly_too_large, left_out, forgotten, output_for_input, input_for_output, swapped]


def by_list(op: Op) -> Rule:
    """Return the rule of `op` as a function of the list of inputs and the output."""
    rule = op.rule
    return rule if op.variadic else lambda inputs, y: rule(*inputs, y)


def broken(op: Op, slip: Callable) -> Rule:
    """Return the rule of `op` with a mistake."""
    rule = by_list(op)
    if op.variadic:
        return lambda inputs, y: slip(rule, inputs, y, op)
    return lambda *args: slip(rule, args[:-1], args[-1], op)


def points(op: Op, count: int = 5) -> list[list[float]]:
    rng = random.Random(op.name)
    domain = op.domain or [(-3.0, 3.0)] * (op.arity or 5)
    sample = [[rng.uniform(low, high) for low, high in domain] for _ in range(count)]
    return [[float(p[0] > 0.5), *p[1:]] for p in sample] if op.name == "where" else sample


def matters(op: Op, slip: Callable, point: Sequence[float]) -> bool:
    """Return True if the mistake changes the rule's result at this point."""
    y, right = op.linearize(point)
    try:
        wrong = slip(by_list(op), point, y, op)
    except (ArithmeticError, ValueError):
        return True
    if any(isinstance(d, complex) for d in wrong):
        return False  # it would be an error
    return any(not math.isclose(right[i], wrong[i], rel_tol=1e-8) for i in varied(op, len(point)))


CASES = [(op, slip) for op in OPS for slip in SLIPS if any(matters(op, slip, point) for point in points(op))]


def test_most_mistakes_apply_to_every_operation() -> None:
    found = {op: {slip for case, slip in CASES if case is op} for op in OPS}
    assert all(slips >= {opposite_sign, slightly_too_large, left_out} for slips in found.values())
    same_everywhere = {op.name for op, slips in found.items() if not slips & {output_for_input, input_for_output}}
    assert same_everywhere == {"add", "sub", "neg", "relu", "where", "total", "mean"}


@pytest.mark.parametrize(("op", "slip"), CASES, ids=lambda part: getattr(part, "__name__", ""))
def test_a_broken_rule_is_named(op: Op, slip: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = [point for point in points(op) if matters(op, slip, point)][:2]
    monkeypatch.setattr(op, "rule", broken(op, slip))
    for point in chosen:
        places = varied(op, len(point))

        def f(*xs: Any, point: list[float] = point, places: list[int] = places) -> Any:
            inputs = dict(enumerate(point)) | dict(zip(places, xs))
            return steeper(op.apply(tuple(inputs.values())))

        report = check_gradients(f, *(point[i] for i in places))
        assert not report
        assert report.culprit.node.op is op
        assert op.name in str(report)


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv, "mod": operator.mod, "pow": operator.pow,
    "neg": lambda a, b: -a, "abs": lambda a, b: abs(a), "power": lambda a, b: a**2.5,
}  # fmt: skip
METHODS = {
    name: lambda a, b, name=name: getattr(a, name)(*[b] * (TABLE[name].arity - 1))
    for name in TABLE
    if TABLE[name].arity and hasattr(Value, name)
}


@pytest.mark.parametrize("f", [*OPERATORS.values(), *METHODS.values()], ids=[*OPERATORS, *METHODS])
def test_a_broken_rule_is_named_in_operators_and_methods(f: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    op = f(Value(0.5), Value(0.75)).op
    a = 1.5 if op.name == "acosh" else 0.5
    assert check_gradients(lambda a, b: steeper(f(a, b)), a, 0.75)
    monkeypatch.setattr(op, "rule", broken(op, opposite_sign))
    report = check_gradients(lambda a, b: steeper(f(a, b)), a, 0.75)
    assert not report
    assert not report
    assert report.culprit.node.op is op


@pytest.mark.parametrize("name", ["add", "sub", "mul", "div", "pow"])
def test_a_broken_rule_is_named_where_a_number_comes_first(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TABLE[name], "rule", broken(TABLE[name], opposite_sign))
    report = check_gradients(lambda b: OPERATORS[name](0.5, b), 0.75)
    assert not report
    assert report.culprit.node.op is TABLE[name]


@settings(deadline=None, max_examples=100)
@given(
    expressions(nodes=10, largest=8),
    st.sampled_from([opposite_sign, slightly_too_large]),
    st.randoms(use_true_random=False),
)
def test_a_broken_rule_is_named_in_random_expressions(f: Expression, slip: Callable, rng: random.Random) -> None:
    op = rng.choice(f.steps)[0]
    right = f(*map(Value, f.point))
    assume(any(node.op is op and any(node.partials[i] for i in read(node)) for node in topological([right])))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(op, "rule", broken(op, slip))
        report = check_gradients(f, *f.point)
    assert not report
    assert report.culprit.node.op is op
