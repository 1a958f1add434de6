"""The graphs of a deep learning course for random exercises, each small enough to differentiate by hand."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import pairwise

from autograd import ops
from autograd.value import Value


class Leaves:
    """Makes named leaves with random signs and with different sizes, so that mixing up two of them is noticed."""

    def __init__(self, sizes: Sequence[float], rng: random.Random) -> None:
        self.rng = rng
        self._left = list(sizes)

    def __call__(self, *names: str) -> list[Value]:
        """Make a leaf for each of the `names`."""
        sizes = self.rng.sample(self._left, len(names))
        self._left = [size for size in self._left if size not in sizes]
        return [Value(self.rng.choice((-1, 1)) * size, name) for name, size in zip(names, sizes)]


def labelled(name: str, node: Value) -> Value:
    """Set the label of `node` and return it."""
    node.label = name
    return node


def _indexed(name: str, nodes: Sequence[Value]) -> list[Value]:
    return [labelled(f"{name}_{i}", node) for i, node in enumerate(nodes, 1)]


def _softmax(scores: Sequence[Value], name: str) -> list[Value]:
    """Return the softmax of `scores`, in steps: exponentials, their sum, quotients."""
    powers = _indexed("u", [ops.exp(z) for z in scores])
    s = labelled("s", ops.total(powers))
    return _indexed(name, [u / s for u in powers])


def _squared_error(y: Value, t: Value) -> Value:
    return labelled("r", y - t) ** 2


def small_network(leaf: Leaves) -> Value:
    """A neuron with a cross-entropy loss, or two neurons with a squared error."""
    w, x, b, v, t = leaf(*"wxbvt")
    z = labelled("z", labelled("p", w * x) + b)
    if leaf.rng.random() < 0.5:
        return -labelled("q", ops.log(labelled("y", ops.sigmoid(z))))
    h = labelled("h", leaf.rng.choice((ops.tanh, ops.sigmoid))(z))
    return _squared_error(labelled("y", v * h), t)


def softmax_cross_entropy(leaf: Leaves) -> Value:
    """Three scores of one input, their softmax, and the cross-entropy with the right class."""
    x, *weights = leaf("x", "w_1", "w_2", "w_3")
    scores = _indexed("z", [w * x for w in weights])
    powers = _indexed("u", [ops.exp(z) for z in scores])
    p = labelled("p", leaf.rng.choice(powers) / labelled("s", ops.total(powers)))
    return -labelled("q", ops.log(p))


def convolution(leaf: Leaves) -> Value:
    """A kernel of two weights moved over a signal, then relu, the mean, and a squared error."""
    w, v = leaf("w_1", "w_2")
    xs = leaf(*(f"x_{i}" for i in range(1, leaf.rng.choice((3, 5)) + 1)))
    zs = _indexed("z", [ops.dot([w, v], pair) for pair in pairwise(xs)])
    hs = _indexed("h", [ops.relu(z) for z in zs])
    m = labelled("m", ops.mean(hs))
    return _squared_error(m, Value(m.data + leaf.rng.choice((-4, -3, -2, 2, 3, 4)), "t"))  # so that the loss is small


def normalization(leaf: Leaves) -> Value:
    """Batch norm of one feature in three samples, or layer norm of three features, with gain and bias."""
    xs, (b, *gains) = leaf("x_1", "x_2", "x_3"), leaf("b", "g", "g_2", "g_3")
    weights = leaf("w_1", "w_2", "w_3")
    ds = _indexed("d", [x - labelled("m", mean) for mean in [ops.mean(xs)] for x in xs])
    v = labelled("v", ops.mean(_indexed("k", [d**2 for d in ds])))
    ns = _indexed("n", [d / s for s in [labelled("s", ops.sqrt(v))] for d in ds])
    is_batch = leaf.rng.random() < 0.5  # one gain for all samples, or one for each feature
    gains = [gains[0]] * 3 if is_batch else _indexed("g", gains)
    ys = _indexed("y", [g * n for g, n in zip(gains, ns)])
    if is_batch:
        ys = _indexed("f", [y + b for y in ys])
    return ops.dot(weights, ys)


def attention(leaf: Leaves) -> Value:
    """One query that attends to two tokens, each with a key and a value, and a squared error."""
    x, q, t = leaf("x", "q", "t")
    keys, values = leaf("k_1", "k_2"), leaf("v_1", "v_2")
    query = labelled("f", q * x)
    weights = _softmax(_indexed("z", [query * k for k in keys]), "a")
    return _squared_error(labelled("y", ops.dot(weights, values)), t)


def lstm_cell(leaf: Leaves) -> Value:
    """One step of an LSTM: four gates of the input and the old state, the new cell, the new state, a squared error."""
    x, h, c, t = leaf("x", "h", "c", "t")
    gates = []
    for gate, activation in {"f": ops.sigmoid, "i": ops.sigmoid, "g": ops.tanh, "o": ops.sigmoid}.items():
        w, u = leaf(f"w_{gate}", f"u_{gate}")
        gates.append(labelled(gate, activation(labelled(f"z_{gate}", ops.dot([w, u], [x, h])))))
    forget, write, candidate, read = gates
    cell = labelled("d", labelled("k", forget * c) + labelled("n", write * candidate))
    return _squared_error(labelled("y", read * labelled("a", ops.tanh(cell))), t)


Maker = Callable[[Leaves], Value]
