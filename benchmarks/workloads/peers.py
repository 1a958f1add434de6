"""PyTorch and CasADi: some of the workloads, written in the way that is fastest there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .engines import Array, Engine, joined, numbers

GCC = {"compiler": "gcc", "flags": ["-O3", "-march=native", "-ffast-math"]}


def load_torch() -> Any:
    """Return PyTorch with one thread."""
    import torch

    torch.set_num_threads(1)
    return torch


def torch_loss(parameters: dict[str, Any], activation: str, X: Array, Y: Array) -> tuple[list[Any], Any]:
    """Return the parameters of an MLP as tensors, and a function that computes its loss."""
    torch = load_torch()
    F = torch.nn.functional
    tensors = [torch.tensor(numbers(tree), requires_grad=True) for tree in parameters.values()]
    inputs, targets = torch.tensor(X), torch.tensor(Y if Y.ndim == 1 else Y.argmax(1))

    def loss() -> Any:
        h = inputs
        for w, b in zip(tensors[:-2:2], tensors[1:-2:2]):
            h = getattr(F, activation)(F.linear(h, w, b))
        scores = F.linear(h, *tensors[-2:])
        return F.relu(1 - targets * scores[:, 0]).mean() if Y.ndim == 1 else F.cross_entropy(scores, targets)

    return tensors, loss


def torch_net(parameters: dict[str, Any], activation: str, X: Array, Y: Array) -> Engine:
    tensors, loss = torch_loss(parameters, activation, X, Y)

    def run() -> Any:
        for p in tensors:
            p.grad = None
        value = loss()
        value.backward()
        return value

    return Engine(run, lambda value: joined([value.item(), *[p.grad for p in tensors]]))


def torch_rosenbrock(points: Array) -> Engine:
    x = load_torch().tensor(points, requires_grad=True)

    def run() -> Any:
        x.grad = None
        a, b = x[:-1], x[1:]
        values = (100 * (b - a**2) ** 2 + (1 - a) ** 2).sum(0)
        values.sum().backward()
        return values

    return Engine(run, lambda values: joined([values.detach(), x.grad]))


def casadi_hinge(parameters: dict[str, Any], X: Array, Y: Array) -> Engine:
    """Add up the scalar graph of one sample and its gradient over the batch: faster than matrices, or `map`."""
    import casadi as ca

    arrays = [numbers(tree) for tree in parameters.values()]
    symbols = [ca.SX.sym("p", *array.shape) for array in arrays]
    theta = ca.vertcat(*[ca.vec(symbol.T) for symbol in symbols])
    x, y = ca.SX.sym("x", X.shape[1]), ca.SX.sym("y")
    h = x
    for w, b in zip(symbols[:-2:2], symbols[1:-2:2]):
        h = ca.fmax(w @ h + b, 0)
    loss = ca.fmax(0, 1 - y * (symbols[-2] @ h + symbols[-1]))
    p, both, count = ca.SX.sym("theta", theta.numel()), ca.SX.sym("both", 1 + theta.numel()), len(X)
    gradient = ca.vertcat(*[ca.vec(ca.gradient(loss, symbol).T) for symbol in symbols])
    of_symbols = ca.Function("sample", [*symbols, x, y], [ca.vertcat(loss, gradient)])
    parts = ca.vertsplit(p, list(np.cumsum([0, *[a.size for a in arrays]])))
    given = [ca.reshape(part, *array.T.shape).T if array.ndim > 1 else part for part, array in zip(parts, arrays)]
    sums = ca.Function("sums", [both, p, x, y], [both + of_symbols(*given, x, y)])
    q, xs, ys = ca.MX.sym("q", p.numel()), ca.MX.sym("xs", X.shape[1], count), ca.MX.sym("ys", 1, count)
    means = sums.fold(count)(ca.DM.zeros(both.numel()), ca.repmat(q, 1, count), xs, ys) / count
    step = ca.Function("step", [q, xs, ys], [means], {"jit": True, "compiler": "shell", "jit_options": GCC})
    return _casadi(step, joined(arrays), X.T, Y[None])


def casadi_euler(rates: Array, start: Sequence[Array], steps: int) -> Engine:
    """Fold the scalar graph of one step, which gcc compiles in a second; that of all steps takes it half a minute."""
    import casadi as ca

    p, (x, y) = ca.SX.sym("p", 4), ca.vertsplit(state := ca.SX.sym("state", 2))
    moved = ca.vertcat(x + 0.01 * (p[0] * x - p[1] * x * y), y + 0.01 * (p[2] * x * y - p[3] * y))
    path = ca.Function("path", [state, p], [moved]).fold(steps)
    q = ca.MX.sym("q", 4)
    value = ca.sumsqr(path(ca.DM(np.concatenate(start)), ca.repmat(q, 1, steps)) - 1)
    results = [ca.vertcat(value, ca.gradient(value, q))]
    return _casadi(ca.Function("step", [q], results, {"jit": True, "compiler": "shell", "jit_options": GCC}), rates)


def _casadi(function: Any, *arrays: Array) -> Engine:
    """Return the engine that calls a function of casadi on buffers, which is its fastest way in."""
    buffer, evaluate = function.buffer()
    result = np.zeros(function.numel_out(0))
    inputs = [a.ravel(order="F") for a in arrays]
    for i, a in enumerate(inputs):
        buffer.set_arg(i, a.data)
    buffer.set_res(0, result.data)

    def run(kept: Any = (function, buffer, inputs)) -> Array:  # which the buffer does not keep alive
        evaluate()
        return result

    return Engine(run, np.copy)
