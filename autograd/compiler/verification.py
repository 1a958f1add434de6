"""Compare the programs of a compiled function with the function itself, called with nodes, at random points."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from autograd import structure
from autograd.backpropagation import propagate, topological
from autograd.compiler import graphs
from autograd.compiler.arguments import Array, Batch
from autograd.compiler.trace import Trace
from autograd.modes import recording
from autograd.value import Value

_POINTS = 4
_TOLERANCE = 1e-9  # relative to the sum of the sizes of all terms
_NUDGE, _AMPLIFIED = 1e-14, 1e4  # results may differ by so many times what they change if all numbers change so little


class Verification:
    """Compares `f` with each program that is used for it: its values, and the gradient by `params` or the arguments."""

    def __init__(self, f: Callable[..., Any], params: Sequence[Value] | None) -> None:
        self._f, self._params = f, params
        self._done: WeakKeyDictionary[Trace, set[str]] = WeakKeyDictionary()  # engines that were checked

    def check(self, trace: Trace, batch: Batch, arrays: Sequence[Array]) -> None:
        """Raise a RuntimeError if the program for such a batch gives other results than f.

        The points are samples of the batch. In half of them, numbers without a requirement are changed at random.
        """
        engine, done = trace.engine(batch.size), self._done.setdefault(trace, set())
        if engine in done:
            return
        rng = np.random.default_rng(0)
        points = _points(graphs.samples(batch, arrays), trace.free, rng)
        places = np.arange(batch.size) % len(points)  # the point that each sample of the batch is
        has_gradient = trace.is_single and bool(batch.reduction or not batch.samples_first)
        found = self._by_program(trace, batch, points[places], has_gradient)

        def by_nodes(points: Array) -> tuple[Array, Array]:
            results = self._by_nodes(trace, points, has_gradient)
            return _reduced(results[0][places], batch), _reduced(results[1][places], batch)

        with np.errstate(all="ignore"):
            wanted, sizes = by_nodes(points)
            sizes = np.fmax(np.where(np.isfinite(sizes), sizes, 0.0), np.abs(wanted))
            is_wrong = ~_are_close(found, wanted, _TOLERANCE * sizes)
            if is_wrong.any() and _are_close(by_nodes(points)[0], wanted, 0.0).all():  # f gives the same again
                points[:, trace.free] *= 1 + _NUDGE * rng.standard_normal((len(points), len(trace.free)))
                is_wrong &= ~_are_close(found, wanted, _AMPLIFIED * np.abs(by_nodes(points)[0] - wanted))
        if is_wrong.any():
            place = tuple(np.argwhere(is_wrong)[0])
            raise self._difference(int(place[-1]), found[place], wanted[place], len(trace.roots))
        done.add(engine)

    def _by_program(self, trace: Trace, batch: Batch, rows: Array, has_gradient: bool) -> Array:
        """Return the results of the program: the numbers of all outputs, then those of the gradient."""
        theta = np.array([p.data for p in self._params or ()])
        _, value, gradient = trace.run(batch, trace.split(rows, batch), theta, has_gradient)
        parts = [np.reshape(x, -1) for tree in (value, gradient)[: 1 + has_gradient] for x in _parts(tree)]
        return np.stack(parts, axis=-1) if batch.reduction is None else np.concatenate(parts)

    def _by_nodes(self, trace: Trace, points: Array, has_gradient: bool) -> tuple[Array, Array]:
        """Return the results of f, in a row for each point, and the sizes of their terms."""
        rows = [self._at(trace, point, has_gradient) for point in points.tolist()]
        return np.array([numbers for numbers, _ in rows]), np.array([sizes for _, sizes in rows])

    def _at(self, trace: Trace, point: Sequence[float], has_gradient: bool) -> tuple[list[float], list[float]]:
        leaves = [Value(x) for x in point]
        with recording():
            outputs, _ = structure.flatten(self._f(*trace.build(iter(leaves))))
        swept = [_swept(y) for y in outputs]
        numbers, sizes = [y for y, _, _, _ in swept], [size for _, size, _, _ in swept]
        if has_gradient:
            _, _, gradient, gradient_sizes = swept[0]
            by = leaves if self._params is None else self._params
            numbers += [gradient.get(x, 0.0) for x in by]
            sizes += [gradient_sizes.get(x, 0.0) for x in by]
        return numbers, sizes

    def _difference(self, i: int, found: float, wanted: float, outputs: int) -> RuntimeError:
        kind = "argument" if self._params is None else "parameter"
        what = f"output {i}" if i < outputs else f"the derivative by {kind} {i - outputs}"
        return RuntimeError(
            f"the program must give what the function gives, {float(wanted)!r}, got {float(found)!r} for {what}: "
            "a function that draws random numbers, or has a state, cannot be compiled; "
            "for any other, please report this as a bug of compile"
        )


def _points(samples: Array, free: Sequence[int], rng: np.random.Generator) -> Array:
    """Return a few rows of `samples`, half of them with other numbers in the columns that are `free`."""
    points = samples[rng.integers(len(samples), size=min(_POINTS, len(samples)))]
    changed = points[len(points) // 2 :, free]
    points[len(points) // 2 :, free] = changed + rng.standard_normal(changed.shape)
    return points


def _reduced(results: Array, batch: Batch) -> Array:
    if batch.reduction is None:
        return results
    total: Array = results.sum(0)
    return total / batch.size if batch.reduction == "mean" else total


def _are_close(found: Array, wanted: Array, tolerance: Any) -> Any:
    return (np.abs(found - wanted) <= tolerance) | (found == wanted) | (np.isnan(found) & np.isnan(wanted))


def _parts(tree: Any) -> list[Any]:
    found, _ = structure.flatten(tree, lambda leaf: ([leaf], next))
    return found


def _swept(y: Any) -> tuple[float, float, dict[Any, float], dict[Any, float]]:
    """Return the number and the gradient of y, and the sum of the sizes of all terms of each."""
    if not isinstance(y, Value):
        return float(y), 0.0, {}, {}
    order = topological([y])
    gradient = dict(propagate(order, {y: 1.0}))
    sizes = dict(propagate(order, {y: 1.0}, lambda node: [abs(d) for d in node.partials]))
    errors = [abs(node.data * sizes[node]) for node in order]
    return y.data, sum(x for x in errors if math.isfinite(x)), gradient, sizes
