"""The back end for JAX: what it computes, compared with eager mode, and what it refuses."""

from __future__ import annotations

import itertools
import math
import pickle
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest

import nn
from autograd import (
    Value,
    compile,
    dot,
    exp,
    grad,
    hessian,
    log,
    maximum,
    minimum,
    op,
    relu,
    sin,
    sqrt,
    tanh,
    total,
    where,
)
from autograd.compiler import jax_runner
from autograd.compiler.branches import NotCodeError
from autograd.ops import TABLE
from tests.autograd.compiler.against_eager import (
    agree,
    batch,
    check,
    check_points,
    computed_by,
    normal,
    parameters,
    swept,
)
from tests.autograd.compiler.iterations import (
    RECURRENCES,
    branches,
    gradients_every_other_round,
    more_terms_than_a_sum_has,
    random_recurrence,
)
from tests.autograd.compiler.test_graphs import check_different_lengths
from tests.autograd.compiler.test_operations import EXTREMES, FEW, OPS

jax = pytest.importorskip("jax", reason='the back end for JAX needs the extra "chainrule[jax]"')
jnp = jax.numpy

inf, nan = math.inf, math.nan


@pytest.fixture(autouse=True)
def numbers_of_64_bits() -> Iterator[None]:
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    with computed_by("jax"):
        yield
    jax.config.update("jax_enable_x64", before)


def test_values_and_gradients() -> None:
    check_points(lambda x, y: sin(x) * y - x / y + tanh(x) ** 2, *normal(2, 5))
    w, b = Value(0.7), Value(0.1)
    leaf = Value(0.3)

    def loss(x: Any, y: Any) -> Any:
        return (w * x[0] + leaf * x[1] + b - y) ** 2

    for count in (1, 2, 100):
        check(loss, [w, b], normal(count, 2), normal(count))
    leaf.data = 0.9  # is read at each call
    check(loss, [w, b], normal(2, 2), normal(2), reduction="sum")


def test_several_outputs_broadcasting_and_no_arguments() -> None:
    f = compile(lambda x, y: {"sum": x + y, "product": (x * y, 2.0)})
    found = f(np.ones((3, 1)), np.arange(4.0))
    assert found["sum"].tolist() == [[1.0, 2.0, 3.0, 4.0]] * 3
    assert found["product"][1].tolist() == [[2.0] * 4] * 3
    value, (dx, dy) = compile(lambda x, y: x * y).value_and_grad(np.ones((3, 1)), np.arange(4.0))
    assert (value.shape, dx.tolist(), dy.tolist()) == ((3, 4), [[6.0]] * 3, [3.0] * 4)
    assert type(compile(lambda x: x * x)(3.0)) is float
    w = Value(2.0)
    check(lambda: w * w + 1, [w])


def all_operations(xs: Sequence[Any]) -> Any:
    """Each has arguments of its own, and so gradients of its own."""
    rest = iter(xs)
    return total(
        [each.apply(tuple(next(rest) for _ in range(each.arity or 3))) * (i + 1) for i, each in enumerate(OPS)]
    )


def all_domains() -> list[tuple[float, float]]:
    return [interval for each in OPS for interval in each.domain or [(-2.0, 2.5)] * (each.arity or 3)]


@pytest.mark.slow
@pytest.mark.no_cover
def test_second_derivatives_of_all_operations() -> None:
    rng = np.random.default_rng(1)
    point = np.array([rng.uniform(low, high) for low, high in all_domains()])
    f = compile(lambda *xs: all_operations(xs)).to_jax()
    found = jax.jit(jax.hessian(lambda point: f(*point)))(point)  # without jit, each operation is compiled alone
    wanted = np.array(hessian(all_operations)(point.tolist()))
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9)


@pytest.mark.slow
@pytest.mark.no_cover
@pytest.mark.parametrize("operation", [each for each in OPS if each.kinks or each.variadic or each.domain], ids=str)
def test_an_operation_at_extremes(operation: Any) -> None:
    """JAX takes denormal numbers as 0, and multiplies and adds with a single rounding, so that dot overflows later."""
    numbers = [x for x in EXTREMES if abs(x) != 5e-324] if (operation.arity or 3) < 3 else FEW
    numbers = [x for x in numbers if operation.name != "dot" or abs(x) < 1e200 or math.isinf(x)]
    few = [x for x in FEW if operation.name != "dot" or x != 1e300]
    arity = operation.arity or 3
    check_points(lambda *xs: operation.apply(xs), *np.array([*itertools.product(numbers, repeat=arity)]).T)
    if operation.kinks or operation.variadic:
        points = itertools.product([0.0, -1.0, inf, nan], *[few] * arity)
        check_points(lambda c, *xs: c * operation.apply(xs), *np.array([*points]).T)


@pytest.mark.parametrize("name", ["dot", "logsumexp"])
def test_sums_of_different_lengths(name: str) -> None:
    check_different_lengths(name)


@pytest.mark.parametrize("operation", [each for each in TABLE.values() if each.kinks], ids=str)
def test_kinks(operation: Any) -> None:
    f = compile(lambda *xs: operation.apply(xs)).to_jax()
    for point, row in operation.kinks.items():
        assert [float(d) for d in jax.grad(f, range(len(row)))(*point)] == list(row)


BRANCHES: list[Callable[..., Any]] = [
    lambda x, y: where(x > 0, sqrt(x) * log(x), x - y),
    lambda x, y: maximum(log(x), y) * x + minimum(1 / x, sqrt(y)),
    lambda x, y: where(x > y, where(y > 0, log(y), x**0.5), x / y),
    lambda x, y: where(x > 0, log(x), y) * where(y > 0, log(y), x) + maximum(exp(x * 1000), y),
]


@pytest.mark.slow
@pytest.mark.parametrize("f", BRANCHES)
def test_nothing_comes_from_branches_that_were_not_chosen(f: Callable[..., Any]) -> None:
    """Neither from the pure function, nor from the compiled one."""
    points = [*itertools.product([0.0, -1.0, 2.0, 0.5, nan], repeat=2)]
    values, gradients = jax.jit(jax.vmap(jax.value_and_grad(compile(f).to_jax(), (0, 1))))(*np.array(points).T)
    for i, point in enumerate(points):
        leaves = [Value(x) for x in point]
        wanted = swept(f(*leaves), leaves)
        for got, expected, size in zip(
            (values, *gradients), (wanted.value, *wanted.gradient), (wanted.size, *wanted.sizes)
        ):
            assert agree(float(got[i]), expected, size), (point, got[i], expected)
    check_points(f, *np.array([*points, (inf, 0.5), (-inf, inf)]).T)


@pytest.fixture
def loops(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs have loops wherever there is a recurrence."""
    monkeypatch.setattr("autograd.compiler.plan._MIN_GROUPS", 0)


@pytest.mark.no_cover
@pytest.mark.usefixtures("loops")
@pytest.mark.parametrize(
    "f",
    [pytest.param(f, marks=[pytest.mark.slow] * (i > 0)) for i, f in enumerate(RECURRENCES[::3]) if f is not branches],
)
def test_recurrences(f: Callable[..., Any]) -> None:
    compiled = check_points(f, [0.5, 0.9], [0.3, 0.5], within=1e-9)
    assert "scan[" in str(compiled.program)
    if RECURRENCES.index(f) % 4 == 0:
        a, b = Value(0.8), Value(0.35)
        check(lambda x: f(a * x, b), [a, b], [0.9, 1.1, 1.0])


@pytest.mark.slow
@pytest.mark.usefixtures("loops")
@pytest.mark.parametrize("f", [gradients_every_other_round, more_terms_than_a_sum_has])
def test_other_recurrences(f: Callable[..., Any]) -> None:
    check_points(f, [0.5, 0.9], [0.3, 0.5], within=1e-9)


@pytest.mark.slow
@pytest.mark.usefixtures("loops")
def test_numbers_that_differ_from_round_to_round() -> None:
    a, xs = Value(0.7), normal(3, 60)
    weights = [Value(w) for w in normal(60)]

    def driven(xs: Any) -> Any:
        state = 0.0
        for i, x in enumerate(xs):
            state = tanh(a * state + x + 0.1 * i)
        return state

    for order in ([*range(60)], [*range(59, -1, -1)], [i * 7 % 60 for i in range(60)]):
        check(lambda x: driven([x[i] * weights[i] for i in order]), [a, *weights], xs)  # noqa: B023


@pytest.mark.slow
@pytest.mark.no_cover
@pytest.mark.usefixtures("loops")
@pytest.mark.parametrize("seed", [1, 4])  # JAX compiles others for up to half a minute
def test_random_recurrences(seed: int) -> None:
    """With lags of 1 to 3."""
    rng = random.Random(seed)
    points = [[rng.uniform(0.2, 1.2) for _ in range(2)] for _ in range(4)]
    check_points(lambda *xs: random_recurrence(seed, xs)[seed % 3], *points, within=1e-6)


@pytest.mark.slow
def test_networks() -> None:
    model = nn.MLP(3, [5, 4], activation="gelu", rng=random.Random(1))
    for count in (1, 2, 100):
        labels = np.arange(count) % 4
        check(lambda x, i: nn.cross_entropy(model(x), i), model.parameters(), normal(count, 3), labels)
    check(
        lambda x, y: nn.hinge(model(x)[0], y) + nn.mean_squared_error(model(x), [0.1] * 4),
        model.parameters(),
        *batch(3, 3),
    )


def test_products_of_matrices_in_all_directions() -> None:
    flat, rows = parameters(3, 4)
    columns = [list(column) for column in zip(*rows)]

    def loss(x: Any) -> Any:
        up = [dot(row, x) for row in rows]
        down = [dot(column, up) for column in columns]
        return (
            total([sin(dot(a, b)) for a in rows for b in rows])
            + dot(down, x)
            + total([dot(a, x) * u for a, u in zip(rows, up)])
        )

    check(loss, flat, normal(3, 4))


PICKS: list[Callable[..., Any]] = [
    lambda a, b, c: sin(a) + b,
    lambda a, b, c: a * b - c,
    lambda a, b, c: maximum(a, tanh(b)),
    lambda a, b, c: relu(a - b * c),
]


def test_rows_are_read_in_any_pattern() -> None:
    from autograd.compiler.jax_rows import Buffer

    rng = random.Random(0)
    for _ in range(8):
        buffer, numbers, start = Buffer(60), np.arange(60) + 0.5, 0
        while start < 60:
            stop = min(start + rng.randint(1, 30), 60)
            buffer.write(np.arange(start, stop), jnp.asarray(numbers[start:stop]))
            start = stop
        axes = [np.arange(rng.randint(1, 4)) * rng.choice([0, 1, 2, 3, 5, 8]) for _ in range(rng.randint(1, 2))]
        even = sum(np.meshgrid(*axes, indexing="ij"), np.array(rng.randint(0, 5)))
        for rows in (even, np.array(rng.choices(range(60), k=6))):
            assert np.array_equal(buffer.read(rows), numbers[rows])


def random_program(seed: int, xs: Sequence[Any]) -> Any:
    """A random graph, which reads numbers in no order."""
    rng, pool = random.Random(seed), [*xs]
    for _ in range(25):
        pool.append(rng.choice(PICKS)(*rng.choices(pool, k=3)))
    return total([tanh(x) for x in pool])


@pytest.mark.slow
@pytest.mark.no_cover
@pytest.mark.parametrize("seed", [0])
def test_random_graphs(seed: int) -> None:
    check_points(lambda *xs: random_program(seed, xs), *normal(5, 3), within=1e-9)
    w = [Value(x) for x in normal(4)]
    check(lambda x: random_program(seed, [*w, x]), w, normal(3))


def test_the_pure_function() -> None:
    model = nn.MLP(2, [4, 1], activation="tanh", rng=random.Random(0))
    params, (X, Y) = model.parameters(), batch(6, 2)
    step = compile(lambda x, y: relu(1 - y * model(x)), params=params)
    theta = np.array([p.data for p in params])
    loss = step.to_jax()
    value, gradient = jax.jit(jax.value_and_grad(loss))(theta, X, Y)
    wanted, slopes = step.value_and_grad(theta, X, Y)
    assert float(value) == pytest.approx(wanted, rel=1e-14)
    np.testing.assert_allclose(gradient, slopes, rtol=1e-13, atol=1e-15)
    several = jax.vmap(loss, in_axes=(0, None, None))(np.stack([theta, 2 * theta]), X, Y)
    np.testing.assert_allclose(several, [loss(theta, X, Y), loss(2 * theta, X, Y)], rtol=1e-14)
    assert loss(theta[:], X[:1], Y[:1]).dtype == jnp.float64
    assert loss(theta.astype("f"), X.astype("f"), Y.astype("f")).dtype == jnp.float32


def test_derivatives_of_any_order() -> None:
    f = lambda x: tanh(x) * relu(x) + x**3  # noqa: E731
    found = compile(f).to_jax()
    for x in (0.0, 0.7, 20.0):
        assert float(jax.grad(jax.grad(found))(x)) == pytest.approx(grad(grad(f))(x), rel=1e-13)
        assert float(jax.grad(jax.grad(jax.grad(found)))(x)) == pytest.approx(grad(grad(grad(f)))(x), rel=1e-12)
        assert float(jax.jvp(found, (x,), (1.0,))[1]) == pytest.approx(grad(f)(x), rel=1e-14)


def test_structures_of_arguments() -> None:
    f = compile(lambda p, xs: p["a"] * xs[0] + p["b"] * xs[1])
    pure, a, b = f.to_jax(), jnp.arange(3.0), 2.0
    assert pure({"b": b, "a": a}, (a, b)).tolist() == f({"b": b, "a": np.arange(3.0)}, (np.arange(3.0), b)).tolist()
    gradient = jax.grad(lambda p: pure(p, (a, b)).sum())({"b": b, "a": a})
    assert (float(gradient["b"]), gradient["a"].tolist()) == (6.0, [0.0, 1.0, 2.0])


def test_labels_out_of_range() -> None:
    model = nn.MLP(2, [3], rng=random.Random(0))
    step = compile(lambda x, i: nn.cross_entropy(model(x), i), params=model.parameters())
    theta, x = np.array([p.data for p in model.parameters()]), normal(2, 2)
    assert math.isfinite(step.to_jax()(theta, x, np.array([0, 2])))
    assert math.isnan(step.to_jax()(theta, x, np.array([0, 3])))
    with pytest.raises(ValueError, match=r"the label i\[1\] must be a whole number from 0 to 2, got 3"):
        step(x, np.array([0, 3]))
    doubled = compile(lambda x, y: nn.hinge(model(x)[0], 2 * y - 1), params=model.parameters()).to_jax()
    assert math.isfinite(doubled(theta, x, np.array([0, 1])))
    assert math.isnan(doubled(theta, x, np.array([0, 2])))


cube = op("cube", lambda x: x * x * x, lambda x, y: [3 * x * x])
gamma = op("gamma", math.gamma, lambda x, y: [x])
half = op("half", lambda x: x / 2, lambda x, y: [math.fabs(x) * 0 + 0.5])


def test_own_operations() -> None:
    check_points(lambda x: sin(cube(x)) * gamma(3.0), normal(3))
    with pytest.raises(NotCodeError, match="JAX cannot compute <op gamma>: its value takes nothing but floats"):
        compile(gamma)(1.5)
    assert compile(half)(3.0) == 1.5
    with pytest.raises(NotCodeError, match="JAX cannot differentiate <op half>: its rule takes nothing but floats"):
        compile(half).value_and_grad(3.0)


def test_the_program_prints_as_a_jaxpr() -> None:
    f = compile(lambda x, y: sin(x) * y)
    f(normal(3), 2.0)
    equations = [line.split(" = ")[1].split()[0] for line in f.program.statements]
    assert [name for name in equations if name in ("sin", "mul")] == ["sin", "mul"]
    assert str(f.program).startswith("{ lambda ;")
    assert repr(f.program) == "<program of JAX for 4 scalar nodes>"
    assert str(pickle.loads(pickle.dumps(f.program))) == str(f.program)


def test_errors() -> None:
    w = Value(1.0)
    loss = compile(lambda x: w * x, params=[w]).to_jax()
    with pytest.raises(ValueError, match=r"theta must have the shape \(1,\)"):
        loss(np.ones(2), np.ones(3))
    with pytest.raises(TypeError, match="takes the array of parameters first"):
        loss()
    with pytest.raises(ValueError, match="there must be at least one sample"):
        loss(np.ones(1), np.ones(0))


def test_numbers_of_32_bits_are_refused() -> None:
    f = compile(sin, backend="jax")
    jax.config.update("jax_enable_x64", False)
    with pytest.raises(
        RuntimeError, match=r'needs numbers of 64 bits: call jax.config.update\("jax_enable_x64", True\)'
    ):
        compile(sin, backend="jax")
    with pytest.raises(RuntimeError, match="needs numbers of 64 bits"):
        f(1.0)
    assert f.to_jax()(1.0).dtype == jnp.float32


def test_without_jax(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jax_runner, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r'pip install "chainrule\[jax\]"'):
        compile(sin, backend="jax")
    with pytest.raises(ImportError, match=r'pip install "chainrule\[jax\]"'):
        compile(sin).to_jax()
