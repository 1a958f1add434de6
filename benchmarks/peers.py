"""The peers of `compiled.py`: the same workloads written for PyTorch, JAX and CasADi, in the way that is fastest there.

One thread each, numbers of 64 bits; whatever can be prepared is prepared outside of `run`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]


class Engine(NamedTuple):
    """A way to compute a workload: `run`, the `share` of it that this does, and `read`.

    `read` turns what `run` returns into the value and the gradient, as the first engine of the workload orders them.
    """

    run: Callable[[], Any]
    read: Callable[[Any], Any] = lambda result: result
    share: float = 1.0


class Net(NamedTuple):
    """A perceptron with its data: `theta` has for each neuron its weights and its bias, layer by layer."""

    widths: tuple[int, ...]
    activation: str
    loss: str
    theta: Array
    inputs: Array
    targets: Any

    def layers(self) -> list[Array]:
        """Return the weights and biases of each layer in turn, as arrays."""
        found, start = [], 0
        for n, m in zip(self.widths, self.widths[1:], strict=False):
            block = self.theta[start : (start := start + (n + 1) * m)].reshape(m, n + 1)
            found += [block[:, :-1].copy(), block[:, -1].copy()]
        return found


def flat(layers: Sequence[Any]) -> Array:
    """Return arrays of weights and biases in the order of `theta`."""
    pairs = zip(layers[::2], layers[1::2], strict=True)
    return np.concatenate([np.column_stack([np.asarray(w), np.asarray(b)]).ravel() for w, b in pairs])


def torch_net(net: Net) -> Engine:
    import torch
    from torch.nn.functional import cross_entropy, linear

    torch.set_num_threads(1)
    layers = [torch.tensor(p, requires_grad=True) for p in net.layers()]
    inputs, targets = torch.tensor(net.inputs), torch.tensor(net.targets)
    activation = getattr(torch, net.activation)

    def run() -> Any:
        for p in layers:
            p.grad = None
        x = inputs
        for w, b in zip(layers[:-2:2], layers[1:-2:2], strict=True):
            x = activation(linear(x, w, b))
        scores = linear(x, *layers[-2:])
        loss = torch.relu(1 - targets * scores[:, 0]).mean() if net.loss == "hinge" else cross_entropy(scores, targets)
        loss.backward()
        return loss

    return Engine(run, lambda loss: (loss.item(), flat([p.grad for p in layers])))


def torch_points(points: Array) -> Engine:
    import torch

    torch.set_num_threads(1)
    x = torch.tensor(points, requires_grad=True)

    def run() -> Any:
        x.grad = None
        a, b = x[:-1], x[1:]
        values = (100 * (b - a**2) ** 2 + (1 - a) ** 2).sum(0)
        values.sum().backward()
        return values

    return Engine(run, lambda values: (values.detach().numpy(), x.grad.numpy()))


def _jax() -> Any:
    import jax
    import jax.flatten_util

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_cpu_enable_async_dispatch", False)  # which takes longer than a small step
    return jax


def jax_net(net: Net) -> Engine:
    """Take few parameters as one array, which is faster to pass on; samples are columns, which is best."""
    jax = _jax()
    layers = [jax.numpy.asarray(p) for p in net.layers()]
    flat_layers, unflat = jax.flatten_util.ravel_pytree(layers)
    inputs, targets = jax.numpy.asarray(net.inputs.T.copy()), jax.numpy.asarray(net.targets)
    activation = {"relu": jax.nn.relu, "tanh": jax.numpy.tanh}[net.activation]

    def mean(layers: Any, x: Any, y: Any) -> Any:
        for w, b in zip(layers[:-2:2], layers[1:-2:2], strict=True):
            x = activation(w @ x + b[:, None])
        scores = layers[-2] @ x + layers[-1][:, None]
        if net.loss == "hinge":
            return jax.nn.relu(1 - y * scores[0]).mean()
        return (jax.nn.logsumexp(scores, 0) - jax.numpy.take_along_axis(scores, y[None], 0)[0]).mean()

    is_small = len(net.theta) < 1000
    step = jax.jit(jax.value_and_grad((lambda theta, x, y: mean(unflat(theta), x, y)) if is_small else mean))
    parameters = flat_layers if is_small else layers
    run = lambda: jax.block_until_ready(step(parameters, inputs, targets))  # noqa: E731
    return Engine(run, lambda result: (float(result[0]), flat(unflat(result[1]) if is_small else result[1])))


def jax_points(points: Array) -> Engine:
    jax = _jax()

    def total(x: Any) -> Any:
        a, b = x[:-1], x[1:]
        values = (100 * (b - a**2) ** 2 + (1 - a) ** 2).sum(0)
        return values.sum(), values

    step, x = jax.jit(jax.value_and_grad(total, has_aux=True)), jax.numpy.asarray(points)
    run = lambda: jax.block_until_ready(step(x))  # noqa: E731
    return Engine(run, lambda result: (np.asarray(result[0][1]), np.asarray(result[1])))


def jax_euler(theta: Array) -> Engine:
    """Scan over a state in one array, two steps at a time: the fastest, while three at a time take seven times that."""
    jax = _jax()

    def distance(p: Any) -> Any:
        a, b, c, d = p  # inside of `step` it would take 4 times as long

        def step(state: Any, _: Any) -> Any:
            x, y = state
            return jax.numpy.stack([x + 0.01 * (a * x - b * x * y), y + 0.01 * (c * x * y - d * y)]), None

        (x, y), _ = jax.lax.scan(step, jax.numpy.array([1.5, 0.8]), None, length=1000, unroll=2)
        return (x - 1) ** 2 + (y - 1) ** 2

    return _jax_engine(jax.jit(jax.value_and_grad(distance)), jax.numpy.asarray(theta))


def jax_euler_forward(theta: Array) -> Engine:
    """Carry along the derivatives with respect to the four parameters, without a backward pass or stored states."""
    jax = _jax()

    def distance(p: Any) -> Any:
        a, b, c, d = p

        def step(state: Any, _: Any) -> Any:
            x, y = state
            return (x + 0.01 * (a * x - b * x * y), y + 0.01 * (c * x * y - d * y)), None

        (x, y), _ = jax.lax.scan(step, (1.5, 0.8), None, length=1000)
        return (x - 1) ** 2 + (y - 1) ** 2

    def both(p: Any) -> Any:
        along = jax.vmap(lambda direction: jax.jvp(distance, (p,), (direction,)), out_axes=(None, 0))
        return along(jax.numpy.eye(len(theta)))

    return _jax_engine(jax.jit(both), jax.numpy.asarray(theta))


def _jax_engine(step: Any, p: Any) -> Engine:
    import jax

    run = lambda: jax.block_until_ready(step(p))  # noqa: E731
    return Engine(run, lambda result: (float(result[0]), np.asarray(result[1])))


_FLAGS = ["-O3", "-march=native", "-ffast-math"]
_WITH_GCC = {"jit": True, "compiler": "shell", "jit_options": {"compiler": "gcc", "flags": _FLAGS}}


def _casadi(function: Any, *arrays: Array) -> Engine:
    """Return the engine that calls a function of casadi on buffers, which is its fastest way in."""
    buffer, evaluate = function.buffer()
    results = [np.zeros(function.numel_out(i)) for i in range(2)]
    inputs = [a.ravel(order="F") for a in arrays]
    for i, a in enumerate(inputs):
        buffer.set_arg(i, a.data)
    for i, a in enumerate(results):
        buffer.set_res(i, a.data)

    def run(kept: Any = (function, buffer, inputs)) -> list[Array]:  # which the buffer does not keep alive
        evaluate()
        return results

    return Engine(run, lambda both: (float(both[0][0]), both[1]))


def casadi_hinge(net: Net) -> Engine:
    """Add up the scalar graph of one sample and its gradient over the batch: faster than matrices, or `map`."""
    import casadi as ca

    theta, x, y = ca.SX.sym("theta", len(net.theta)), ca.SX.sym("x", net.widths[0]), ca.SX.sym("y")
    h, start = x, 0
    for i, (n, m) in enumerate(zip(net.widths, net.widths[1:], strict=False), 2):
        block = ca.reshape(theta[start : (start := start + (n + 1) * m)], n + 1, m).T
        h = block[:, :-1] @ h + block[:, -1]
        h = h if i == len(net.widths) else ca.fmax(h, 0)
    loss = ca.fmax(0, 1 - y * h)
    both, count = ca.SX.sym("both", 1 + len(net.theta)), len(net.inputs)
    sums = ca.Function("sums", [both, theta, x, y], [both + ca.vertcat(loss, ca.gradient(loss, theta))])
    p, xs, ys = ca.MX.sym("p", len(net.theta)), ca.MX.sym("xs", net.widths[0], count), ca.MX.sym("ys", 1, count)
    means = sums.fold(count)(ca.DM.zeros(both.numel()), ca.repmat(p, 1, count), xs, ys) / count
    step = ca.Function("step", [p, xs, ys], [means[0], means[1:]], _WITH_GCC)
    return _casadi(step, net.theta, net.inputs.T, net.targets[None])


def casadi_euler(theta: Array) -> Engine:
    """Fold the scalar graph of one step, which gcc compiles in a second; that of all steps takes it half a minute."""
    import casadi as ca

    p, (x, y) = ca.SX.sym("p", 4), ca.vertsplit(state := ca.SX.sym("state", 2))
    moved = ca.vertcat(x + 0.01 * (p[0] * x - p[1] * x * y), y + 0.01 * (p[2] * x * y - p[3] * y))
    path = ca.Function("path", [state, p], [moved]).fold(1000)
    q = ca.MX.sym("q", 4)
    value = ca.sumsqr(path(ca.DM([1.5, 0.8]), ca.repmat(q, 1, 1000)) - 1)
    return _casadi(ca.Function("step", [q], [value, ca.gradient(value, q)], _WITH_GCC), theta)
