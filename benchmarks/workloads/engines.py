"""A workload and its engines: ours, JAX, and the graph of scalars that both must agree with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import autograd
import nn

Array = np.ndarray[Any, np.dtype[Any]]


class Engine(NamedTuple):
    """A way to compute a workload: `run` does it, and `read` turns its result into a flat array to compare."""

    run: Callable[[], Any]
    read: Callable[[Any], Array]


class Workload(NamedTuple):
    """A loss and all its gradients, written one scalar at a time and in JAX.

    `loss` takes one sample, and reads the `parameters`: a dict of nested lists of Values. `in_jax(jax, parameters,
    *samples)` returns the mean loss; there, parameters and samples are arrays. Without parameters, `loss` is computed
    for each element of the samples, and the gradient is that with respect to the samples.

    A `model` compiles with its own order of parameters. `others` are further peers. JAX differentiates in reverse mode,
    or in forward mode if `is_forward`.
    """

    loss: Callable[..., Any]
    in_jax: Callable[..., Any]
    parameters: dict[str, Any] = {}  # noqa: RUF012 - never modified
    samples: tuple[Any, ...] = ()
    model: nn.Module | None = None
    others: dict[str, Callable[[], Engine]] = {}  # noqa: RUF012
    is_forward: bool = False

    def engines(self) -> dict[str, Callable[[], Engine]]:
        """Return functions that prepare the engines, by name."""
        return {"ours": self.ours, "ours in JAX": self.ours_in_jax, "JAX": self.jax, **self.others, "eager": self.eager}

    def leaves(self) -> list[autograd.Value]:
        """Return the parameters in the order of the dict."""
        return [p for tree in self.parameters.values() for p in np.array(tree, object).ravel()]

    def ours(self) -> Engine:
        """Compile the loss. `run` computes value and gradient for parameters in an array."""
        if not self.parameters:
            f = autograd.compile(self.loss)
            return Engine(lambda: f.value_and_grad(*self.samples), lambda result: joined([result[0], *result[1:]]))
        parameters, read = self._ordered()
        step, theta = autograd.compile(self.loss, params=parameters), np.array([p.data for p in parameters])
        return Engine(lambda: step.value_and_grad(theta, *self.samples), read)

    def _ordered(self) -> tuple[list[autograd.Value], Callable[[Any], Array]]:
        """Return the parameters in the order of the model, and how to read results in that of the dict."""
        parameters = self.model.parameters() if self.model else self.leaves()
        places = {p: i for i, p in enumerate(parameters)}
        order = np.array([places[p] for p in self.leaves()])
        return parameters, lambda result: joined([result[0], np.asarray(result[1])[order]])

    def ours_in_jax(self) -> Engine:
        """Compile the loss to a pure function of JAX, which JAX differentiates and compiles."""
        jax = load_jax()
        samples = [jax.numpy.asarray(x) for x in self.samples]
        if not self.parameters:
            f, are_lists = autograd.compile(self.loss).to_jax(), [isinstance(x, list) for x in self.samples]
            listed = lambda xs: [list(x) if is_list else x for x, is_list in zip(xs, are_lists)]  # noqa: E731
            return self._jax_elements(jax, samples, lambda *xs: f(*listed(xs)))
        parameters, read = self._ordered()
        step = jax.jit(jax.value_and_grad(autograd.compile(self.loss, params=parameters).to_jax()))
        theta = jax.numpy.asarray([p.data for p in parameters])
        return Engine(lambda: jax.block_until_ready(step(theta, *samples)), read)

    def eager(self) -> Engine:
        """Record a graph for each run, and sweep through it."""
        return Engine(self._eager_mean, joined) if self.parameters else Engine(self._eager_elements, joined)

    def _eager_mean(self) -> list[Any]:
        leaves = self.leaves()
        for p in leaves:
            p.grad = 0.0
        losses = [self.loss(*sample) for sample in zip(*[x.tolist() for x in self.samples])] or [self.loss()]
        mean = sum(losses) / len(losses)
        mean.backward()
        return [mean.data, *[p.grad for p in leaves]]

    def _eager_elements(self) -> list[Any]:
        f = autograd.value_and_grad(self.loss, argnums=range(len(self.samples)))
        columns = [np.moveaxis(np.asarray(x), -1, 0).tolist() for x in self.samples]
        values, gradients = zip(*[f(*element) for element in zip(*columns)])
        return [values, *[np.moveaxis(np.array(g), 0, -1) for g in zip(*gradients)]]

    def jax(self) -> Engine:
        """Compile the loss in JAX."""
        jax = load_jax()
        samples = [jax.numpy.asarray(x) for x in self.samples]
        if self.parameters:
            return self._jax_mean(jax, samples)
        return self._jax_elements(jax, samples, lambda *samples: self.in_jax(jax, {}, *samples))

    def _jax_mean(self, jax: Any, samples: list[Any]) -> Engine:
        """Few parameters are passed as one array, which is faster."""
        arrays = {name: jax.numpy.asarray(numbers(tree)) for name, tree in self.parameters.items()}
        flat, unflat = jax.flatten_util.ravel_pytree(arrays)
        p, unpack = (flat, unflat) if flat.size < 1000 else (arrays, dict)
        differentiate = forward_value_and_grad if self.is_forward else jax.value_and_grad
        step = jax.jit(differentiate(lambda p, *samples: self.in_jax(jax, unpack(p), *samples)))

        def read(result: Any) -> Array:
            gradient = unpack(result[1])
            return joined([result[0], *[gradient[name] for name in arrays]])

        return Engine(lambda: jax.block_until_ready(step(p, *samples)), read)

    def _jax_elements(self, jax: Any, samples: list[Any], f: Callable[..., Any]) -> Engine:
        def total(*samples: Any) -> Any:
            values = f(*samples)
            return values.sum(), values

        step = jax.jit(jax.value_and_grad(total, argnums=range(len(samples)), has_aux=True))
        return Engine(lambda: jax.block_until_ready(step(*samples)), lambda result: joined([result[0][1], *result[1]]))


def forward_value_and_grad(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that carries the derivatives with respect to an array along, without storing the states."""
    jax = load_jax()

    def both(p: Any, *args: Any) -> Any:
        along = lambda direction: jax.jvp(lambda p: f(p, *args), (p,), (direction,))  # noqa: E731
        return jax.vmap(along, out_axes=(None, 0))(jax.numpy.eye(p.size))

    return both


def load_jax() -> Any:
    """Return JAX with 64 bits, and without asynchronous dispatch, which takes longer than a small step."""
    import jax
    import jax.flatten_util

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_cpu_enable_async_dispatch", False)
    return jax


def joined(parts: Any) -> Array:
    """Return numbers and arrays as one flat array."""
    return np.concatenate([np.ravel(np.asarray(part, np.float64)) for part in parts])


def variables(array: Array) -> Any:
    """Return the numbers of an array as Values, in nested lists."""
    return _mapped(autograd.Value, array.tolist())


def numbers(tree: Any) -> Array:
    """Return the numbers of Values in nested lists as an array."""
    return np.array(_mapped(lambda p: p.data, tree))


def _mapped(f: Callable[[Any], Any], tree: Any) -> Any:
    return [_mapped(f, x) for x in tree] if isinstance(tree, list) else f(tree)
