"""Compiled functions against the same functions in eager mode, as the tests compare them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import pytest

from autograd import Value, compile
from autograd.backpropagation import propagate, topological
from autograd.compiler.accumulators import accumulated
from autograd.compiler.layout import Layout
from autograd.compiler.lifting import Lifting
from autograd.compiler.plan import Plan
from autograd.compiler.recurrences import split
from autograd.compiler.scalars import ScalarProgram
from autograd.compiler.tape import Tape
from autograd.compiler.trace import Trace


def normal(*shape: int) -> Any:
    """Return an array of random numbers, the same each time."""
    return np.random.default_rng(shape).standard_normal(shape)


class Swept(NamedTuple):
    """A value and its gradient in eager mode; `size` and `sizes` are what rounding errors are relative to."""

    value: float
    size: float
    gradient: list[float]
    sizes: list[float]


def swept(y: Any, leaves: Sequence[Value]) -> Swept:
    """Return the value of `y` and its gradient by the `leaves`."""
    if not isinstance(y, Value):
        return Swept(float(y), abs(y), [0.0] * len(leaves), [0.0] * len(leaves))
    order = topological([y])
    arrived = dict(propagate(order, {y: 1.0}))
    sizes = dict(propagate(order, {y: 1.0}, lambda node: [abs(d) for d in node.partials]))
    errors = [abs(node.data) * sizes[node] for node in order]
    size = max(sum(x for x in errors if math.isfinite(x)), abs(y.data))
    return Swept(y.data, size, [arrived.get(x, 0.0) for x in leaves], [sizes.get(x, 0.0) for x in leaves])


def eager(loss: Callable[..., Any], params: Sequence[Value], args: Sequence[Any], reduction: str = "mean") -> Swept:
    """The loss of all samples, one after the other."""
    samples = zip(*(np.asarray(arg, float).tolist() for arg in args)) if args else [()]
    found = [swept(loss(*sample), params) for sample in samples]
    count = len(found) if reduction == "mean" else 1
    columns = [np.array([getattr(s, field) for s in found]).sum(0) / count for field in Swept._fields]
    return Swept(float(columns[0]), float(columns[1]), columns[2].tolist(), columns[3].tolist())


def agree(got: float, wanted: float, size: float, tolerance: float = 1e-12) -> bool:
    """Say whether two numbers are the same but for rounding errors relative to `size`; nan and infinity are exact."""
    if not (math.isfinite(got) and math.isfinite(wanted)):
        return got == wanted or (got != got and wanted != wanted)
    return abs(got - wanted) <= tolerance * max(size if math.isfinite(size) else 0.0, abs(wanted)) + 1e-300


def check(loss: Callable[..., Any], params: Sequence[Value], *args: Any, reduction: str = "mean") -> Any:
    """Compare the compiled loss with the eager one, in value and gradients, and return it."""
    step = compile(loss, params=params, reduction=reduction)
    before = [p.grad for p in params]
    value, gradient = step.value_and_grad([p.data for p in params], *args)
    wanted = eager(loss, params, args, reduction)
    assert agree(value, wanted.value, wanted.size), (value, wanted.value)
    assert gradient.shape == (len(params),)
    for got, expected, size in zip(gradient.tolist(), wanted.gradient, wanted.sizes):
        assert agree(got, expected, size), (got, expected, size)
    assert [p.grad for p in params] == before
    assert agree(step(*args), value, wanted.size, 1e-15)
    if params:
        assert agree(step.backward(*args), value, 0.0, 1e-15)
        for p, g, b in zip(params, gradient.tolist(), before):
            assert agree(p.grad, b + g, 0.0, 1e-15)
    return step


def check_points(f: Callable[..., Any], *arrays: Any, value_within: float = 2e-13, within: float = 1e-12) -> Any:
    """Compare a compiled function of numbers with the eager one at each element of the `arrays`."""
    compiled = compile(f)
    arrays = tuple(np.asarray(array, float) for array in arrays)
    values, gradients = compiled.value_and_grad(*arrays)
    if len(arrays) == 1:
        gradients = (gradients,)
    is_fused = type(compiled.program).__name__ == "JaxProgram"  # with the gradient, JAX rounds less often
    np.testing.assert_allclose(compiled(*arrays), values, rtol=1e-13 * is_fused, atol=1e-15 * is_fused)
    for i, point in enumerate(zip(*arrays)):
        leaves = [Value(float(x)) for x in point]
        wanted = swept(f(*leaves), leaves)
        assert agree(values[i], wanted.value, wanted.size, value_within), (point, values[i], wanted.value)
        for j in range(len(arrays)):
            got, expected, size = gradients[j][i], wanted.gradient[j], wanted.sizes[j] + (within > 1e-12)
            assert agree(got, expected, size, within), (point, j, got, expected)
    return compiled


@contextmanager
def computed_by(engine: str) -> Iterator[pytest.MonkeyPatch]:
    """Run compiled functions by one engine: "arrays", "floats", "jax", or "native", with floats where it cannot."""
    without_native = "floats" if engine == "native" else engine
    with pytest.MonkeyPatch.context() as patch:
        if engine == "jax":
            patch.setattr(Trace, "engine", lambda trace, samples: engine)
        patch.setattr(Plan, "engine", lambda plan, samples, has_native: engine if has_native else without_native)
        yield patch


def scalar_program(roots: Sequence[Value], leaves: Sequence[Value]) -> tuple[ScalarProgram, list[float]]:
    """Return the program on floats of a recorded graph, however many nodes it repeats, and its inputs."""
    lifted = Lifting([], roots)
    wanted, results = [lifted.symbol(x) for x in leaves], [lifted.symbol(x) for x in roots]
    others = [x for x in lifted.nodes if x.op is None and x not in set(wanted)]
    parts = accumulated(split(Tape([x for x in lifted.nodes if x.op], results, set()).entries))
    program = ScalarProgram(Layout(parts, [], results, [], wanted, others, is_single=True), results, len(lifted.nodes))
    return program, [x.number for x in (*wanted, *others)]


def parameters(*shape: int) -> Any:
    """Return random parameters, in a list and in nested lists of this shape."""
    flat = [Value(x) for x in normal(math.prod(shape)).tolist()]
    return flat, np.array(flat, dtype=object).reshape(shape).tolist()


def batch(count: int, inputs: int, outputs: int = 0) -> list[Any]:
    """Return random inputs and labels -1 and 1, several for each sample where there are `outputs`."""
    labels = normal(count, outputs) if outputs else normal(count)
    return [normal(count, inputs), np.sign(labels)]
