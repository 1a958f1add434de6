"""The same functions in PyTorch, where it is installed: operations, random graphs, networks, training."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import nn
from autograd import Value, grad, hessian
from autograd.backpropagation import topological
from autograd.operand import Operand
from autograd.operation import Op
from autograd.ops import TABLE
from autograd.testing.expressions import Expression
from autograd.testing.strategies import expressions, points_in_domain

pytestmark = [pytest.mark.slow, pytest.mark.no_cover]  # other tests cover the same code

torch = pytest.importorskip("torch", reason="torch is not installed")


class Torch:
    """Its own operations by name (the variadic ones take flat inputs, as `op.apply` does), and derivatives in float64."""

    def __init__(self) -> None:
        F = torch.nn.functional
        self.table: dict[str, Callable[..., Any]] = {
            "add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div, "neg": torch.neg, "pow": torch.pow, "abs": torch.abs,
            "power": lambda x, n: torch.pow(x, n.item()),
            "exp": torch.exp, "expm1": torch.expm1, "log": torch.log, "log1p": torch.log1p, "sqrt": torch.sqrt,
            "sin": torch.sin, "cos": torch.cos, "tan": torch.tan, "asin": torch.asin, "acos": torch.acos, "atan": torch.atan,
            "atan2": torch.atan2, "hypot": torch.hypot, "sinh": torch.sinh, "cosh": torch.cosh, "tanh": torch.tanh,
            "sech": lambda x: 1 / torch.cosh(x),
            "sigmoid": torch.sigmoid, "relu": F.relu, "gelu": F.gelu, "erf": torch.erf, "erfc": torch.erfc,
            "softplus": lambda x: torch.logaddexp(x, torch.zeros_like(x)),  # its own is linear from 20 on
            "leaky_relu": lambda x, slope: F.prelu(x.reshape(1), slope.reshape(1)).reshape(()),
            "maximum": torch.maximum, "minimum": torch.minimum, "where": lambda c, a, b: torch.where(c > 0, a, b),
            "dot": lambda *flat: torch.dot(torch.stack(flat[: len(flat) // 2]), torch.stack(flat[len(flat) // 2 : -1])) + flat[-1],
            "total": lambda *xs: torch.stack(xs).sum(), "mean": lambda *xs: torch.stack(xs).mean(),
            "logsumexp": lambda *xs: torch.logsumexp(torch.stack(xs), 0),
            "mod": torch.remainder, "exp2": torch.exp2, "log2": torch.log2, "log10": torch.log10, "logaddexp": torch.logaddexp,
            "asinh": torch.asinh, "acosh": torch.acosh, "atanh": torch.atanh, "silu": F.silu, "softsign": F.softsign,
            "cbrt": lambda x: torch.sign(x) * torch.abs(x) ** (1 / 3), "sinc": lambda x: torch.sinc(x / math.pi),
            "elu": lambda x, alpha: torch.where(x > 0, x, alpha * torch.expm1(x)),
            "norm": lambda *xs: torch.linalg.vector_norm(torch.stack(xs)),
        }  # fmt: skip
        self.losses: dict[str, Callable[..., Any]] = {
            "mean_squared_error": F.mse_loss,
            "binary_cross_entropy": F.binary_cross_entropy_with_logits,
            "hinge": lambda scores, labels: F.relu(1 - labels * scores).mean(),
            "cross_entropy": lambda logits, labels: F.cross_entropy(logits, labels.long()),
        }

    def array(self, x: Any, **options: Any) -> Any:
        return torch.tensor(x, dtype=torch.float64, **options)

    def gradient(self, f: Callable[..., Any], *arrays: Any) -> list[Any]:
        leaves = [self.array(x, requires_grad=True) for x in arrays]
        return [d.tolist() for d in torch.autograd.grad(f(*leaves), leaves, materialize_grads=True)]

    def hessian(self, f: Callable[..., Any], *point: float) -> list[list[float]]:
        leaves = [self.array(x, requires_grad=True) for x in point]
        first = torch.autograd.grad(f(*leaves), leaves, create_graph=True, materialize_grads=True)
        return [
            [d.item() for d in torch.autograd.grad(g, leaves, retain_graph=True, materialize_grads=True)]
            if g.requires_grad
            else [0.0] * len(leaves)
            for g in first
        ]


@pytest.fixture(scope="module")
def peer() -> Torch:
    return Torch()


class Scalar(Operand):
    """A number of a peer, to which operations apply as the peer has them."""

    __slots__ = ("peer", "x")

    def __init__(self, peer: Torch, x: Any) -> None:
        self.peer, self.x = peer, x

    def _apply(self, op: Op, inputs: Sequence[Any]) -> Scalar:
        flat = [x.x if isinstance(x, Scalar) else self.peer.array(float(x)) for x in inputs]
        return Scalar(self.peer, self.peer.table[op.name](*flat))

    def __gt__(self, other: float) -> Scalar:
        return Scalar(self.peer, self.x > other)


def with_peer(f: Callable[..., Any], peer: Torch) -> Callable[..., Any]:
    """The function f of operands, as a function of the peer's numbers."""
    return lambda *xs: f(*(Scalar(peer, x) for x in xs)).x


def flat(x: Any) -> list[float]:
    return [y for part in x for y in flat(part)] if isinstance(x, (list, tuple)) else [float(x)]


def close(got: Any, wanted: Any, tolerance: float) -> bool:
    """Whether all numbers agree, by the size of the largest."""
    a, b = flat(got), flat(wanted)
    near = tolerance * max(1.0, *map(math.fabs, b))
    return len(a) == len(b) and all(math.fabs(x - y) <= near for x, y in zip(a, b))


def agree(f: Callable[..., Any], point: Sequence[float], peer: Torch) -> None:
    every = range(len(point))
    theirs = with_peer(f, peer)
    assert close(f(*point), float(theirs(*map(peer.array, point))), 1e-12)
    assert close(grad(f, every)(*point), peer.gradient(theirs, *point), 1e-10)
    assert close(hessian(f, every)(*point), peer.hessian(theirs, *point), 1e-8)


def is_known_to_differ(op: Op, inputs: Sequence[Any]) -> bool:
    """PyTorch lacks a second derivative of a ** b at b = 0, and those of a norm and of sin(x) / x at 0 are nan.

    The slope of softsign has a kink at 0.
    """
    if op.name in ("norm", "sinc", "softsign"):
        return not any(map(float, inputs))
    return op.name == "pow" and float(inputs[1]) == 0


@pytest.mark.parametrize("op", TABLE.values(), ids=str)
@given(data=st.data())
@settings(deadline=None, max_examples=10)
def test_operations(peer: Torch, op: Op, data: st.DataObject) -> None:
    if op.name not in peer.table:
        pytest.skip(f"PyTorch has no {op.name} that is known here")
    point = data.draw(points_in_domain(op).filter(lambda point: not is_known_to_differ(op, point)))
    places = [i for i in range(len(point)) if i not in op.constants]

    def f(*xs: Any) -> Any:
        inputs = dict(enumerate(point)) | dict(zip(places, xs))
        return op.apply(tuple(inputs.values()))

    agree(f, [point[i] for i in places], peer)


@settings(deadline=None, max_examples=100)
@given(f=expressions(nodes=10))
def test_random_graphs(peer: Torch, f: Expression) -> None:
    nodes = topological([f(*map(Value, f.point))])
    assume(all(node.op is None or node.op.name in peer.table for node in nodes))
    assume(not any(node.op and is_known_to_differ(node.op, node.inputs) for node in nodes))
    agree(f, f.point, peer)


@pytest.mark.parametrize(("name", "point"), [("relu", [0.0]), ("maximum", [1.0, 1.0]), ("minimum", [1.0, 1.0])])
def test_conventions_at_kinks_are_theirs(peer: Torch, name: str, point: list[float]) -> None:
    f = TABLE[name]
    assert flat(grad(f, range(len(point)))(*point)) == flat(peer.gradient(with_peer(f, peer), *point))


def network(peer: Torch, activation: str, arrays: Sequence[Any], x: Any) -> Any:
    """A multi-layer perceptron in the peer's arrays: weights and biases in turn."""
    for i in range(0, len(arrays), 2):
        x = x @ arrays[i].T + arrays[i + 1]
        if i < len(arrays) - 2:
            x = peer.table[activation](x)
    return x


LOSSES = {
    "mean_squared_error": lambda rng: rng.gauss(0, 1),
    "binary_cross_entropy": lambda rng: rng.randrange(2),
    "hinge": lambda rng: rng.choice([-1, 1]),
    "cross_entropy": lambda rng: rng.randrange(3),
}


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "gelu", "softplus"])
def test_networks_and_losses(peer: Torch, activation: str, loss: str) -> None:
    rng = random.Random(0)
    outputs = 3 if loss == "cross_entropy" else 1
    model = nn.MLP(4, [6, 5, outputs], activation=activation, rng=rng)
    inputs = [[rng.gauss(0, 1) for _ in range(4)] for _ in range(7)]
    targets = [LOSSES[loss](rng) for _ in inputs]
    ours = getattr(nn, loss)([model(x) for x in inputs], targets)
    ours.backward()
    rows = [[[p.data for p in n.w] for n in layer.neurons] for layer in model.layers]
    arrays = [part for layer, w in zip(model.layers, rows) for part in (w, [n.b.data for n in layer.neurons])]

    def theirs(*arrays: Any) -> Any:
        out = network(peer, activation, arrays, peer.array(inputs))
        return peer.losses[loss](out if outputs > 1 else out[:, 0], peer.array([float(t) for t in targets]))

    assert close(ours.data, float(theirs(*map(peer.array, arrays))), 1e-12)
    got = [
        part
        for layer in model.layers
        for part in ([[p.grad for p in n.w] for n in layer.neurons], [n.b.grad for n in layer.neurons])
    ]
    assert close(got, peer.gradient(theirs, *arrays), 1e-12)


OPTIMISERS = [
    (nn.SGD(lr=0.1), lambda torch, ps: torch.optim.SGD(ps, lr=0.1)),
    (nn.SGD(lr=0.05, momentum=0.9, weight_decay=0.01), lambda torch, ps: torch.optim.SGD(ps, lr=0.05, momentum=0.9, weight_decay=0.01)),
    (nn.Adam(lr=0.1, beta1=0.8, beta2=0.95), lambda torch, ps: torch.optim.Adam(ps, lr=0.1, betas=(0.8, 0.95))),
]  # fmt: skip


@pytest.mark.parametrize(("ours", "make"), OPTIMISERS, ids=["sgd", "momentum", "adam"])
def test_optimisers_take_the_steps_of_torch(ours: Any, make: Callable[..., Any]) -> None:
    mine = [Value(1.0), Value(-2.0)]
    theirs = [torch.tensor(p.data, dtype=torch.float64, requires_grad=True) for p in mine]
    optimiser = make(torch, theirs)
    for _ in range(20):
        for a, b in (mine, theirs):
            ((a * b - 3) ** 2 + a**2).backward()
        ours.step(mine)
        optimiser.step()
        optimiser.zero_grad()
        for p in mine:
            p.grad = 0.0
        assert close([p.data for p in mine], [p.item() for p in theirs], 1e-12)
