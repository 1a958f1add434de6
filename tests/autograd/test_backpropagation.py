"""The sweep: each node once, in order, with the sum of what arrives there."""

from __future__ import annotations

import math
import pickle
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import (
    Value,
    backprop,
    choose,
    compile,
    dot,
    erf,
    exp,
    first_nonfinite,
    gelu,
    grad,
    hessian,
    jvp,
    log,
    maximum,
    no_grad,
    replay,
    sqrt,
    tanh,
    total,
    where,
)
from autograd.backpropagation import propagate, topological


def test_topological_order_puts_inputs_first() -> None:
    a, b = Value(1.0), Value(2.0)
    c = a * b
    d = c + a
    loss = d * c + d
    order = topological([loss])
    place = {node: i for i, node in enumerate(order)}
    assert len(order) == len(place) == 6
    assert all(place[x] < place[node] for node in order for x in node.inputs)
    assert set(topological([c, d], leaves={c})) == {a, c, d}


def test_order_is_the_same_every_time() -> None:
    def names() -> list[str]:
        a, b = Value(1.0, "a"), Value(2.0, "b")
        return [node.label or node.op.name for node in topological([tanh(a * b + b) * a - exp(b)])]

    assert names() == names()


def test_steps_show_what_happens() -> None:
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    c = a * b
    loss = c + a
    steps = list(backprop(loss))
    assert [step.node for step in steps] == [loss, c, b, a]
    assert (steps[0].cotangent, list(steps[0].partials), steps[0].contributions) == (1.0, [1.0, 1.0], [1.0, 1.0])
    by_node = {step.node: step for step in steps}
    assert by_node[c].contributions == [-3.0, 2.0]
    assert (by_node[a].cotangent, by_node[a].contributions) == (-2.0, [])
    assert a.grad == -2.0
    assert repr(by_node[c]).startswith("Step(Value(data=-6.0")


def test_gradients_appear_as_the_steps_go() -> None:
    a = Value(2.0)
    steps = backprop(a * a)
    assert next(steps).node.grad == 1.0
    assert a.grad == 0.0
    next(steps)
    assert a.grad == 4.0


def test_a_node_used_twice_gets_both_contributions() -> None:
    a = Value(3.0)
    (a + a).backward()
    assert a.grad == 2.0
    b = Value(3.0)
    c = b * 2
    (c * c + c).backward()
    assert (c.grad, b.grad) == (13.0, 26.0)


def test_gradients_add_up_over_calls_for_every_node() -> None:
    a = Value(3.0)
    b = a * a
    c = b * 2
    for round in (1, 2, 3):
        c.backward()
        assert (a.grad, b.grad, c.grad) == (12.0 * round, 2.0 * round, 1.0 * round)


def test_zero_times_infinity_is_nan_and_is_seen() -> None:
    x = Value(0.0)
    (sqrt(x) * 0.0).backward()
    assert math.isnan(x.grad)


@pytest.mark.slow
@pytest.mark.parametrize(
    "f",
    [
        lambda x: where(x > 0, log(x), x),
        lambda x: where(x > 0, 3 * log(x) + sqrt(x), x),
        lambda x: maximum(log(x), x),
        lambda x: where(x > 0, where(x > 1, 1 / (x + 1), log(x)), x),
    ],
)
def test_an_option_that_was_not_chosen_has_no_say(f: Callable[[Any], Any]) -> None:
    """In PyTorch and JAX it contributes 0 times its infinite slope, which is nan."""
    x = Value(0.0)
    f(x).backward()
    assert x.grad == 1.0
    assert type(x.grad) is float
    assert (grad(f)(0.0), type(grad(f)(0.0))) == (1.0, float)
    assert grad(grad(f))(0.0) == 0.0
    value, slopes = compile(f).value_and_grad(np.array([0.0, 2.0]))
    assert [*value, *slopes] == [f(0.0), f(2.0), 1.0, pytest.approx(grad(f)(2.0))]
    assert compile(f).value_and_grad(0.0) == (0.0, 1.0)
    assert compile(grad(f))(np.array([0.0, 2.0])).tolist() == [1.0, pytest.approx(grad(f)(2.0))]
    assert compile(grad(grad(f)))(0.0) == 0.0
    assert compile(lambda x: jvp(f, x, 1.0)[1])(0.0) == 1.0
    p = Value(0.0)
    step = compile(lambda c: c * f(p), params=[p])
    assert step.value_and_grad([0.0], [1.0, 3.0])[1].tolist() == [2.0]
    with no_grad():
        assert step.value_and_grad([0.0], [1.0, 3.0])[1].tolist() == [2.0]


def test_options_that_samples_choose() -> None:
    def f(xs: Any, masks: Any) -> Any:
        return total([where(m, sqrt(x) * x, 0.0) + where(m, 1.0, x) for x, m in zip(xs, masks)])

    points = [[0.0, 4.0], [4.0, 0.0]], [[0.0, 1.0], [1.0, 0.0]]
    columns = np.array(points).transpose(0, 2, 1)
    slopes = compile(grad(f))(*(list(rows) for rows in columns))
    for k, point in enumerate(zip(*points)):
        assert [column[k] for column in slopes] == grad(f)(*point)
    chosen = compile(grad(lambda i, x: choose(i, [x, sqrt(x)]), 1))
    assert chosen(np.array([0.0, 1.0]), np.array([0.0, 4.0])).tolist() == [1.0, 0.25]
    both = compile(grad(lambda c, x: where(c, log(x) * 2, x) + log(x + 1), 1))  # one path always counts
    assert both(np.array([0.0, 1.0]), np.array([0.0, 1.0])).tolist() == [2.0, 2.5]
    assert compile(hessian(lambda x: where(x > 0, sqrt(x), x * x)))(0.0) == 2.0


@pytest.mark.parametrize("x", [math.inf, -math.inf])
def test_rules_with_options_compile_at_infinity(x: float) -> None:
    assert compile(grad(grad(gelu)))(x) == compile(grad(grad(erf)))(x) == 0.0


def test_an_infinite_cotangent_does_not_reach_what_was_not_chosen() -> None:
    x, y = Value(0.0), Value(3.0)
    with pytest.warns(RuntimeWarning, match="backward pass from -inf"):
        log(where(y > 0, x, y)).backward()
    assert (x.grad, y.grad) == (math.inf, 0.0)
    assert pickle.loads(pickle.dumps(where(True, x, y))).partials == [0.0, 1.0, 0.0]


def test_zero_cotangents_are_passed_over_without_a_change() -> None:
    rng = random.Random(0)
    ws = [Value(rng.gauss(0, 1)) for _ in range(8)]
    hidden = [dot(ws, [rng.gauss(0, 1) for _ in ws]).relu() for _ in range(8)]
    total(hidden).backward()
    wanted = [sum(h.inputs[0].inputs[8 + i] for h in hidden if h.data > 0) for i in range(8)]
    assert all(math.isclose(w.grad, g, rel_tol=1e-12) for w, g in zip(ws, wanted))


def test_what_is_no_node_is_refused() -> None:
    for function in (backprop, first_nonfinite, lambda v: replay(v, {})):
        with pytest.raises(TypeError, match="^root must be a Value, got a number"):
            function(3.0)
    with pytest.raises(TypeError, match="the seed of a backward pass must be a number, got str"):
        backprop(Value(1.0), "2")
    with pytest.warns(RuntimeWarning, match="backward pass from inf"):
        backprop(Value(math.inf))


def test_propagate_from_several_seeds() -> None:
    a, b = Value(2.0), Value(3.0)
    c, d = a * b, a + b
    arrived = dict(propagate(topological([c, d]), {c: 10.0, d: 1.0}))
    assert (arrived[a], arrived[b]) == (31.0, 21.0)
    assert (a.grad, b.grad) == (0.0, 0.0)
