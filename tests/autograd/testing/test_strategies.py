"""Strategies draw from the promised range, cover all operations, and shrink to readable examples."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Sequence

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from autograd import Value, hypot, leaky_relu, log, relu, sigmoid, tanh
from autograd.backpropagation import topological
from autograd.operation import Op
from autograd.ops import TABLE, dot, maximum, mean, mul, power, where
from autograd.testing.expressions import Expression
from autograd.testing.strategies import expressions, points_in_domain, values

OPS = list(TABLE.values())
some = settings(deadline=None, max_examples=50)
MARGIN = 1e-3


def inside(op: Op, point: Sequence[float]) -> bool:
    ends = op.domain or [(-3.0, 3.0)] * len(point)
    if op is power and point[1] >= 0 and point[1].is_integer():
        ends = [(-3.0, 3.0), ends[1]]
    return all(low <= x <= high for x, (low, high) in zip(point, ends))


class TestValues:
    @given(values(), values(0.5, 2.0))
    def test_leaves_in_an_interval(self, a: Value, b: Value) -> None:
        assert a.op is b.op is None
        assert -3 <= a.data <= 3
        assert 0.5 <= b.data <= 2

    @pytest.mark.slow
    @pytest.mark.parametrize(
        "wanted", [math.isnan, math.isinf, lambda x: abs(x) > 1e300, lambda x: 0 < abs(x) < 1e-307]
    )
    def test_special_numbers(self, wanted: object) -> None:
        find(values(special=True), lambda a: wanted(a.data))


class TestPointsInDomain:
    @pytest.mark.slow
    @pytest.mark.parametrize("op", OPS, ids=str)
    @some
    @given(data=st.data())
    def test_inside_and_smooth(self, op: Op, data: st.DataObject) -> None:
        point = data.draw(points_in_domain(op))
        assert inside(op, point)
        y, row = op.linearize(point)
        assert all(map(math.isfinite, [y, *row]))
        if op.name in ("abs", "relu", "leaky_relu"):
            assert abs(point[0]) >= MARGIN
        if op.name in ("maximum", "minimum"):
            assert abs(point[0] - point[1]) >= MARGIN
        if op is where:
            assert point[0] in (0.0, 1.0)

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("op", "kink"),
        [(relu, (0.0,)), (maximum, (0.0, 0.0)), (leaky_relu, (0.0, 0.01)), (hypot, (0.0, 0.0))],
    )
    def test_kinks_on_request(self, op: Op, kink: tuple[float, ...]) -> None:
        assert find(points_in_domain(op, kinks=True), lambda point: op.linearize(point)[1] is not None) == kink

    @some
    @given(points_in_domain(mean), points_in_domain(dot))
    def test_variadic(self, flat: tuple[float, ...], adder: tuple[float, ...]) -> None:
        assert 1 <= len(flat) <= 4
        assert len(adder) in (3, 5, 7, 9)

    def test_both_sides_of_a_condition_and_powers_of_negative_numbers(self) -> None:
        for condition in (0.0, 1.0):
            find(points_in_domain(where), lambda point, condition=condition: point[0] == condition)
        find(points_in_domain(power), lambda point: point[0] < 0)
        find(points_in_domain(power), lambda point: point[1] < 0)

    @pytest.mark.slow
    @some
    @given(st.data())
    def test_operations_of_your_own(self, data: st.DataObject) -> None:
        root = Op("root", math.sqrt, lambda x, y: [1 / (2 * y)])
        assert data.draw(points_in_domain(root))[0] > 0, "value and slope are finite there"
        tiny = Op("tiny", lambda a, b: a * b, lambda a, b, y: [b, a], domain=[(1e-6, 2e-6), (5.0, 5.0)])
        a, b = data.draw(points_in_domain(tiny))
        assert 1e-6 <= a <= 2e-6
        assert b == 5.0
        far = Op("far", sum, lambda xs, y: [1.0] * len(xs), variadic=True, domain=[(1e6, math.inf)])
        assert all(1e6 <= x < math.inf for x in data.draw(points_in_domain(far)))
        below = Op("below", lambda x: -x, lambda x, y: [-1.0], domain=[(-math.inf, -2.0)])
        assert -math.inf < data.draw(points_in_domain(below))[0] <= -2
        edge = Op(
            "edge", lambda x: math.sqrt(abs(x)), lambda x, y: [0.5 / y * (1 - 2 * (x < 0))], kinks={(0.0,): [0.0]}
        )
        assert data.draw(points_in_domain(edge))[0] != 0

    def test_wrong_arguments(self) -> None:
        with pytest.raises(TypeError, match=r"op must be an operation, such as autograd.tanh, got str: 'tanh'"):
            points_in_domain("tanh")


class TestExpressions:
    @pytest.mark.slow
    @some
    @given(expressions(nodes=12))
    def test_every_step_is_inside_its_domain(self, f: Expression) -> None:
        numbers = list(f.point)
        for op, inputs in f.steps:
            point = [numbers[x] if isinstance(x, int) else x for x in inputs]
            if op is where:
                assert abs(point[0]) >= MARGIN
                point[0] = float(point[0] > 0)
            if op.domain and op not in (where, power):
                assert inside(op, point)
            if op.name in ("abs", "relu", "leaky_relu"):
                assert abs(point[0]) >= MARGIN
            numbers.append(op.evaluate(point))
            assert abs(numbers[-1]) <= 100
        assert numbers[-1] == f(*f.point)

    @some
    @given(expressions(leaves=2, nodes=5))
    def test_every_step_and_argument_is_used(self, f: Expression) -> None:
        assert 1 <= len(f.point) <= 2
        assert 1 <= len(f.steps) <= 5
        used = {x for _, inputs in f.steps for x in inputs if isinstance(x, int)}
        assert used == set(range(len(f.point) + len(f.steps) - 1))
        for op, inputs in f.steps:
            assert any(isinstance(x, int) and i not in op.constants for i, x in enumerate(inputs))

    @pytest.mark.slow
    def test_all_operations_are_drawn_and_shared(self) -> None:
        drawn: list[Expression] = []

        @settings(deadline=None, max_examples=600, database=None, phases=[Phase.generate], derandomize=True)
        @given(expressions(nodes=12))
        def draw(f: Expression) -> None:
            drawn.append(f)

        draw()
        assert {op for f in drawn for op, _ in f.steps} == set(OPS)
        assert sum(" = " in str(f) for f in drawn) > 30
        assert sum(len(f.steps) >= 5 for f in drawn) > 30
        assert sum(len(f.point) == 3 for f in drawn) > 5

    @pytest.mark.slow
    @some
    @given(expressions([tanh, mul], nodes=20))
    def test_chosen_operations(self, f: Expression) -> None:
        assert {op for op, _ in f.steps} <= {tanh, mul}

    @pytest.mark.slow
    @some
    @given(expressions(nodes=12, largest=5))
    def test_no_number_is_larger(self, f: Expression) -> None:
        y = f(*map(Value, f.point))
        assert all(abs(node.data) <= 5 for node in topological([y]) if node.op)

    def test_kinks_on_request(self) -> None:
        assert str(find(expressions([relu], kinks=True), lambda f: f.point[0] == 0)) == "relu(x0)"

    def test_own_operations(self) -> None:
        double = Op("double", lambda x: 2 * x, lambda x, y: [2.0])
        f = find(expressions([double]), lambda f: len(f.steps) == 2)
        assert repr(f) == "<double(double(x0)), at x0 = 0.0>"

    @pytest.mark.slow
    def test_examples_shrink(self) -> None:
        f = find(expressions(), lambda f: any(op is sigmoid for op, _ in f.steps) and len(f.steps) > 1)
        assert len(f.steps) == 2
        assert find(expressions([log]), lambda f: f.point[0] > 1).point == (1.001,)

    def test_wrong_arguments(self) -> None:
        for wrong in ({"ops": []}, {"leaves": 0}, {"nodes": 0}):
            with pytest.raises(ValueError, match="ops, leaves and nodes must be at least one each, got"):
                expressions(**wrong)
        with pytest.raises(TypeError, match="got function"):
            expressions([tanh, lambda x: x])


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_hypothesis_is_imported_for_strategies_only() -> None:
    assert run("import sys, autograd.testing; assert 'hypothesis' not in sys.modules").returncode == 0


@pytest.mark.slow
def test_without_hypothesis_it_says_what_to_install() -> None:
    done = run("import sys; sys.modules['hypothesis'] = None; import autograd.testing.strategies")
    assert done.returncode == 1
    assert done.stderr.endswith(
        "ImportError: autograd.testing.strategies needs hypothesis: pip install 'chainrule[test]'\n"
    )
