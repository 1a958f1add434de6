"""Machine code: computes what the program on floats does, bit for bit, and leaves to it what cannot be translated."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import (
    Value,
    choose,
    compile,
    exp,
    grad,
    hypot,
    logsumexp,
    maximum,
    norm,
    op,
    relu,
    sin,
    sinc,
    sqrt,
    tanh,
    total,
    where,
)  # fmt: skip
from autograd.compiler import native, native_code
from autograd.compiler.native import NativeWorkspace, has_llvm
from autograd.ops import TABLE
from autograd.structure import flatten
from tests.autograd.compiler.against_eager import agree, check, check_points, computed_by, normal, swept
from tests.autograd.compiler.iterations import (
    RECURRENCES,
    branches,
    gradients_every_other_round,
    heun,
    more_terms_than_a_sum_has,
    random_recurrence,
    random_scan,
)

needs_llvm = pytest.mark.skipif(not has_llvm(), reason='machine code needs llvmlite, of "chainrule[native]"')
BATCHES = [1, 2, 3, 4, 5, 7, 100]
inf, nan = math.inf, math.nan

TRANSLATED = [each for each in TABLE.values() if each.name not in ("power", "mod", "norm", "sinc", "hypot")]


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of samples that were computed in machine code."""
    counts: list[int] = []
    compute = NativeWorkspace.compute

    def counted(self: NativeWorkspace, with_gradient: bool) -> None:
        compute(self, with_gradient)
        counts.append(self.batch.size)

    monkeypatch.setattr(NativeWorkspace, "compute", counted)
    return counts


def results(compiled: Any, *args: Any) -> list[Any]:
    """Return the values and gradients of a call as arrays."""
    return [np.asarray(x) for x in flatten(compiled.value_and_grad(*args))[0]]


def same(f: Callable[..., Any], *batches: Any, runs: list[int]) -> None:
    """Compare machine code with the program on floats, bit for bit: values, and gradients of each sample."""
    machine, floats = compile(f, backend="native"), compile(f, backend="numpy")
    for args in batches:
        runs.clear()
        found = results(machine, *args)
        assert len(runs) == 1
        with computed_by("floats"):
            wanted = results(floats, *args)
        for got, expected in zip(found, wanted, strict=True):
            assert np.array_equal(got.view(np.int64), expected.view(np.int64))


def points(count: int, domains: Any) -> list[Any]:
    rng = np.random.default_rng(count)
    return [rng.uniform(low, high, count) for low, high in domains]


@needs_llvm
@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_all_operations(part: int, runs: list[int]) -> None:
    """Each has arguments of its own, and so gradients of its own."""
    chosen = TRANSLATED[part::4]
    domains = [each.domain or [(-2.0, 2.5)] * (each.arity or 3) for each in chosen]

    def f(arguments: Any) -> Any:
        return total([each.apply(xs) * (i + 1) for i, (each, xs) in enumerate(zip(chosen, arguments))])

    def values(arguments: Any) -> Any:
        return [each.apply(xs) for each, xs in zip(chosen, arguments)]

    arguments = [points(9, domain) for domain in domains]
    same(f, [arguments], runs=runs)
    found = compile(values, backend="native")(arguments)
    with computed_by("floats"):
        wanted = compile(values, backend="numpy")(arguments)
    for each, got, expected in zip(chosen, found, wanted, strict=True):
        assert got.tolist() == expected.tolist(), each


@needs_llvm
def test_powers_and_hypot(runs: list[int]) -> None:
    same(lambda x, y: x**2 + (x + y) ** 2 + x**0.5 - y**-1.5 + x**3 + 2.0**x, points(9, [(0.1, 3)] * 2), runs=runs)
    xs, ys = points(100, [(-3, 3)] * 2)
    found = compile(hypot, backend="native")(xs, ys)
    assert (np.abs(found - [math.hypot(x, y) for x, y in zip(xs, ys)]) <= np.spacing(found)).all()


@needs_llvm
def test_batches(runs: list[int]) -> None:
    same(heun, *[points(count, [(0.2, 0.9), (0.1, 0.5)]) for count in BATCHES], runs=runs)


def random_graph(*xs: Any) -> Any:
    """Return the sum of what is computed from random earlier numbers, in many statements."""
    rng, nodes = random.Random(0), list(xs)
    for _ in range(600):
        a, b, c = rng.choices(nodes, k=3)
        nodes.append(tanh(a * b - c) if rng.random() < 0.5 else a / (2 + b * b) + c)
    return total(nodes)


@needs_llvm
def test_long_programs_are_divided_into_functions(monkeypatch: pytest.MonkeyPatch, runs: list[int]) -> None:
    for length in (250, 7):
        monkeypatch.setattr(native_code, "_MAX_STATEMENTS", length)
        same(random_graph, points(5, [(0.2, 0.9)] * 4), runs=runs)


@needs_llvm
def test_large_batches_in_blocks(monkeypatch: pytest.MonkeyPatch, runs: list[int]) -> None:
    monkeypatch.setattr(native, "_CACHE", 0)
    a, b = Value(0.7), Value(0.4)
    xs, ys = points(1200, [(0.2, 0.9), (0.1, 0.5)])
    f, step = compile(heun, backend="native"), compile(lambda x: heun(a * x, b), [a, b], backend="native")
    (values, gradients), (value, slopes) = f.value_and_grad(xs, ys), step.value_and_grad([0.7, 0.4], xs)
    assert runs == [520, 520, 160] * 2
    for i in range(0, 1200, 300):
        part = slice(i, i + 300)
        wanted, slopes_wanted = f.value_and_grad(xs[part], ys[part])
        assert np.array_equal([values[part], *(g[part] for g in gradients)], [wanted, *slopes_wanted])
    single = [step.value_and_grad([0.7, 0.4], xs[i : i + 300]) for i in range(0, 1200, 300)]
    assert value == pytest.approx(np.mean([each for each, _ in single]), rel=1e-13)
    np.testing.assert_allclose(slopes, np.mean([each for _, each in single], axis=0), rtol=1e-12)


OTHERS = [gradients_every_other_round, more_terms_than_a_sum_has]
SCANS = [0, 1, 2, 3, 9, 12]
SHORT = [6, 9, 10, 18, 25, 27, 29]  # seeds of what LLVM compiles at once


@needs_llvm
@pytest.mark.slow
@pytest.mark.parametrize("f", [f for f in RECURRENCES if f is not branches] + OTHERS, ids=lambda f: f.__name__)
def test_recurrences(f: Callable[..., Any], runs: list[int]) -> None:
    same(f, points(5, [(0.5, 0.9), (0.3, 0.5)]), runs=runs)


@needs_llvm
@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "seed"), [*((random_recurrence, i) for i in SHORT), *((random_scan, i) for i in SCANS)]
)
def test_random_recurrences(make: Callable[..., list[Any]], seed: int, runs: list[int]) -> None:
    xs = points(BATCHES[seed % 6], [(0.2, 1.2)] * 4)
    same(lambda *xs: make(seed, xs)[seed % 3], xs, runs=runs)


@needs_llvm
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_gradients_by_parameters_are_summed_over_the_samples(reduction: str, runs: list[int]) -> None:
    a, b, c = Value(0.7), Value(0.4), Value(1.5)

    def loss(x: Any) -> Any:
        return (heun(a * x, b) - c) ** 2

    theta = [a.data, b.data]
    machine, floats = (compile(loss, [a, b], reduction=reduction, backend=name) for name in ("native", "numpy"))
    for count in BATCHES:
        (xs,) = points(count, [(0.2, 0.9)])
        value, gradient = machine.value_and_grad(theta, xs)
        assert runs.pop() == count
        with computed_by("floats"):
            wanted, slopes = floats.value_and_grad(theta, xs)
        assert value == wanted
        np.testing.assert_allclose(gradient, slopes, rtol=1e-13)


@needs_llvm
def test_gradients_by_arguments_that_all_samples_share(runs: list[int]) -> None:
    xs, ys = points(6, [(0.2, 0.9), (0.1, 0.5)])
    f = compile(heun, backend="native")
    values, (by_x, by_y) = f.value_and_grad(xs, 0.3)
    assert runs == [6]
    assert values.tolist() == [f(x, 0.3) for x in xs.tolist()]
    single = [grad(heun, (0, 1))(x, 0.3) for x in xs.tolist()]
    np.testing.assert_allclose(by_x, [x for x, _ in single], rtol=1e-11)
    assert by_y == pytest.approx(sum(y for _, y in single), rel=1e-11)
    table, (by_x, by_y) = f.value_and_grad(xs[:, None], ys[:5])
    assert (table.shape, by_x.shape, by_y.shape) == ((6, 5), (6, 1), (5,))
    assert table[2, 3] == f(xs[2], ys[3])


@needs_llvm
@pytest.mark.slow
def test_losses_agree_with_eager_mode(runs: list[int]) -> None:
    params = [Value(x) for x in normal(4)]
    leaf = Value(0.3)

    def loss(x: Any) -> Any:
        state = params[0]
        for k in range(40):
            state = tanh(params[1] * state + params[2] * x[k % 3] - leaf)
        return logsumexp([state, params[3], x[0]]) + where(x[1] > 0, state, x[2]) * leaf

    with computed_by("native"):
        for count in (1, 6):
            check(loss, params, normal(count, 3))
    assert runs == [1, 1, 1, 6, 6, 6]
    leaf.data = 0.8  # is read at each call
    with computed_by("native"):
        check(loss, params, normal(5, 3), reduction="sum")


@needs_llvm
@pytest.mark.parametrize(
    "operation", [each for each in TABLE.values() if each.kinks and each.name not in ("mod", "norm")], ids=str
)
def test_kinks(operation: Any, runs: list[int]) -> None:
    for point, row in operation.kinks.items():
        f = compile(lambda *xs: operation.apply(xs), backend="native")
        _, gradient = f.value_and_grad(*(np.array([x] * 5) for x in point))
        assert np.array(gradient).reshape(len(row), 5).T.tolist() == [list(row)] * 5
    assert runs


@needs_llvm
@pytest.mark.slow
def test_infinities_and_nan_agree_with_eager_mode(runs: list[int]) -> None:
    numbers = [0.0, -0.0, 1.0, -2.0, 800.0, 1e300, inf, -inf, nan]
    functions: list[Callable[..., Any]] = [
        lambda x, y: exp(x) / y - sqrt(abs(x)),
        lambda x, y: where(x > y, x, y * x) + relu(x) - maximum(x, y),
        lambda x, y: logsumexp([x, y, 1.0]) * tanh(x),
    ]
    with computed_by("native"):
        for f in functions:
            compiled = check_points(f, *np.array([*itertools.product(numbers, numbers)]).T)
            for point in itertools.product(numbers, numbers):
                value, gradient = compiled.value_and_grad(*point)
                leaves = [Value(x) for x in point]
                wanted = swept(f(*leaves), leaves)
                for got, expected in zip((value, *gradient), (wanted.value, *wanted.gradient)):
                    assert agree(got, expected, wanted.size), (point, got, expected)
    assert runs


cube = op("cube", lambda x: x * x * x, lambda x, y: [3 * x * x])


@needs_llvm
@pytest.mark.parametrize(
    "f",
    [
        lambda x: sin(cube(x)),
        lambda x: norm([x, 2.0]),
        lambda x: sin(x) % 0.3,
        sinc,
        lambda x: logsumexp([x * i for i in range(40)]),
    ],
    ids=["own", "norm", "mod", "bessel", "many"],
)
def test_what_cannot_be_translated_runs_on_floats(f: Callable[..., Any], runs: list[int]) -> None:
    with computed_by("native"):
        check_points(f, [0.5, 0.7, 1.1])
    assert not runs


@needs_llvm
def test_what_is_chosen(runs: list[int]) -> None:
    compiled, short = compile(heun), compile(lambda x: sin(x) * x)
    compiled(0.3, 0.4)
    compiled(np.full(200, 0.3), 0.4)
    assert runs == [1, 200]
    short(0.3)
    short(normal(200))
    compile(heun, backend="numpy")(np.full(200, 0.3), 0.4)
    assert runs == [1, 200], "calling machine code takes longer than a short program on floats or arrays"


@needs_llvm
def test_choices_by_an_index(runs: list[int]) -> None:
    f = compile(lambda x, i: choose(i, [x, x * x, sin(x)]) * 2, backend="native")
    assert f(np.array([2.0, 3.0, 4.0]), np.array([0, 1, 2])).tolist() == [4.0, 18.0, 2 * math.sin(4.0)]


def test_without_llvm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "find_spec", lambda name: None)
    has_llvm.cache_clear()
    try:
        with pytest.raises(ImportError, match="llvmlite, on Linux or macOS: pip install"):
            compile(sin, backend="native")
        f = compile(heun)
        assert f(np.full(50, 0.3), 0.4)[0] == pytest.approx(heun(0.3, 0.4), rel=1e-13)
    finally:
        has_llvm.cache_clear()


def test_the_text_of_machine_code() -> None:
    """It can be written without LLVM, whatever ran."""
    f = compile(lambda x: x * x, backend="numpy")
    with pytest.raises(RuntimeError, match="there is no program yet"):
        print(f.llvm)
    f(2.0)
    assert "fmul double" in f.llvm
    g = compile(lambda x: norm([x, 1.0]), backend="numpy")
    g(1.0)
    with pytest.raises(TypeError, match="machine code cannot compute"):
        print(g.llvm)


def test_backends() -> None:
    with pytest.raises(ValueError, match='backend must be "numpy", "native" or "jax", or "" to choose the fastest'):
        compile(sin, backend="cuda")
