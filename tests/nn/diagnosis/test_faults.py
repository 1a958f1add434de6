"""Test `diagnose` on a collection of models: it finds each fault, and none in healthy models."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

import nn
from autograd import (
    Value,
    abs,
    atan,
    dot,
    erf,
    exp,
    gelu,
    leaky_relu,
    log,
    logsumexp,
    maximum,
    mean,
    minimum,
    no_grad,
    op,
    relu,
    sigmoid,
    sin,
    softplus,
    sqrt,
    tanh,
    total,
    where,
)
from nn import diagnose
from nn.diagnosis import Diagnosis

pytestmark = pytest.mark.slow

Activation = Callable[[Any], Any]
Example = tuple[Value, Sequence[Value]]  # a loss and its parameters

softsign = op("softsign", lambda x: x / (1 + abs(x)), lambda x, y: [1 / (1 + abs(x)) ** 2])
squared_relu = op("squared_relu", lambda x: max(x, 0.0) ** 2, lambda x, y: [2 * maximum(x, 0.0)])
step = op("step", lambda x: float(x > 0), lambda x, y: [0.0])

RECTIFIERS: dict[str, Activation] = {
    "relu": relu,
    "maximum": lambda x: maximum(x, 0.0),
    "where": lambda x: where(x > 0, x, 0.0),
    "branch": lambda x: x if x.data > 0 else x * 0.0,
    "with abs": lambda x: 0.5 * (x + abs(x)),
}
SQUASHERS: dict[str, Activation] = {
    "tanh": tanh,
    "sigmoid": sigmoid,
    "erf": erf,
    "atan": atan,
    "softsign": softsign,
    "sigmoid by hand": lambda x: 1 / (1 + exp(-x)),
    "clipped": lambda x: maximum(minimum(x, 1.0), -1.0),
    "clipped by where": lambda x: where(x > 1, 1.0, where(x < -1, -1.0, x)),
}
OTHERS: dict[str, Activation] = {
    "leaky_relu": leaky_relu,
    "gelu": gelu,
    "sin": sin,
    "softplus": softplus,
    "swish": lambda x: x * sigmoid(x),
    "elu": lambda x: where(x > 0, x, exp(minimum(x, 0.0)) - 1),
    "tanh by hand": lambda x: (exp(2 * x) - 1) / (exp(2 * x) + 1),
}
XOR, XOR_LABELS = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]


def ready(loss: Any, parameters: Sequence[Value]) -> Example:
    """Run one backward pass from gradients of 0."""
    for p in parameters:
        p.grad = 0.0
    loss.backward()
    return loss, parameters


def moons(n: int = 20) -> tuple[Any, list[int]]:
    points, labels = nn.data.moons(n, noise=0.1, rng=random.Random(0))
    return points, list(labels)


def make(activation: Any = "tanh", widths: Sequence[int] = (8, 8), outputs: int = 1, seed: int = 0) -> nn.MLP:
    """Make a net of two inputs with weights drawn here, independently of the initialisation in `nn`."""
    rng = random.Random(seed)
    model = nn.MLP(2, [*widths, outputs], activation=activation, rng=rng)
    gain = math.sqrt(2) if activation in RECTIFIERS.values() else 1.0
    for layer in model.layers:
        for neuron in layer.neurons:
            for w in neuron.w:
                w.data = rng.gauss(0, gain / math.sqrt(len(neuron.w)))
            neuron.b.data = rng.gauss(0, 0.1)
    return model


def fresh(model: nn.MLP, loss: Callable[[Any, Any], Value] = nn.mean_squared_error, n: int = 20) -> Example:
    points, labels = moons(n)
    return ready(loss([model(x) for x in points], labels), model.parameters())


def with_biases(bias: float, activation: Any, layer: int = 0, units: slice = slice(None)) -> nn.MLP:
    model = make(activation)
    for neuron in model.layers[layer].neurons[units]:
        neuron.b.data = bias
    return model


def scaled(model: nn.MLP, factor: float) -> nn.MLP:
    for p in model.parameters():
        p.data *= factor
    return model


def filled(model: nn.MLP, number: float) -> nn.MLP:
    for p in model.parameters():
        p.data = number
    return model


def zero_head(bias: float) -> nn.MLP:
    model = make(outputs=2)
    for neuron in model.layers[-1].neurons:
        for w in neuron.w:
            w.data = 0.0
        neuron.b.data = bias
    return model


def on_xor(model: nn.MLP) -> Example:
    return ready(nn.mean_squared_error([model(x) for x in XOR], XOR_LABELS), model.parameters())


def softmax(logits: Sequence[Value]) -> list[Value]:
    powers = [exp(z - max(z.data for z in logits)) for z in logits]
    return [p / sum(powers) for p in powers]


def softmax_by_logarithm(logits: Sequence[Value]) -> list[Value]:
    return [exp(z - logsumexp(logits)) for z in logits]


def log_likelihood(probabilities: Sequence[Sequence[Value]], labels: Sequence[int]) -> Value:
    return -mean([log(row[y]) for row, y in zip(probabilities, labels)])


def classified(
    outputs_of: Callable[[Any], Any], loss: Callable[[Any, Any], Value] = nn.cross_entropy, classes: int = 3
) -> Example:
    model = make(widths=[8], outputs=classes)
    points, labels = moons()
    return ready(loss([outputs_of(model(x)) for x in points], labels), model.parameters())


def by_hand(linear: bool = True) -> Example:
    """Return a net written with lists of nodes, without labels or scopes."""
    rng = random.Random(0)
    first = [[Value(rng.gauss(0, 1)) for _ in range(3)] for _ in range(4)]
    second = [Value(rng.gauss(0, 1)) for _ in range(4)]
    losses = []
    for x, y in zip(*moons(10)):
        hidden = [sum(w * s for w, s in zip(row, x)) + row[2] for row in first]
        hidden = hidden if linear else [h.tanh() for h in hidden]
        losses.append((sum(w * h for w, h in zip(second, hidden)) - y) ** 2)
    return ready(sum(losses), [*(w for row in first for w in row), *second])


def chain_of(activation: Activation, weight: float = 1.0, count: int = 12) -> Example:
    weights = [Value(weight, f"w{i}") for i in range(count)]
    h: Any = 0.5
    for w in weights:
        h = activation(w * h)
    return ready((h - 0.1) ** 2, weights)


def output_of(activation: Activation, bias: float, target: float = 0.0) -> Example:
    w, b = Value(0.1, "w"), Value(bias, "b")
    return ready(mean([(activation(w * x + b) - target) ** 2 for x in range(10)]), [w, b])


def hinge_on(activation: Activation) -> Example:
    return fresh(make(), lambda scores, y: nn.hinge(list(map(activation, scores)), [2 * each - 1 for each in y]))


def margin(loss: Callable[[Any, int], Value]) -> Example:
    """Apply a loss for labels -1 and 1 to labels 0 and 1."""
    return fresh(make(), lambda scores, labels: mean([loss(s, y) for s, y in zip(scores, labels)]))


def through_floats() -> Example:
    model = make()
    points, labels = moons()
    hidden = [[math.tanh(v.data) for v in model.layers[0].outputs(x)] for x in points]
    outputs = [model.layers[2](model.layers[1].outputs(h)) for h in hidden]
    return ready(nn.mean_squared_error(outputs, labels), model.parameters())


def in_no_grad() -> Example:
    model = make()
    with no_grad():
        loss = nn.mean_squared_error([model(x) for x in XOR], XOR_LABELS)
    return ready(loss, model.parameters())


def twice(example: Example) -> Example:
    example[0].backward()
    return example


def cleared(example: Example) -> Example:
    for p in example[1]:
        p.grad = 0.0
    return example


def product_of_zeros() -> Example:
    a, b = Value(0.0, "a"), Value(0.0, "b")
    return ready((a * b - 1) ** 2, [a, b])


def function(f: Callable[[Value], Value], at: float) -> Example:
    w = Value(at, "w")
    return ready(f(w), [w])


def linear_in_the_middle() -> Example:
    model = make(widths=[6, 6])
    for neuron in model.layers[1].neurons:
        neuron.activation = None
    return fresh(model)


def many_off(bias: float) -> Example:
    """Make a layer with half of its units off, but not far below 0."""
    model = make(relu, [40])
    for neuron in model.layers[0].neurons[:20]:
        neuron.b.data = bias
    return fresh(model, n=10)


def faults() -> Iterator[tuple[str, str, str, Callable[[], Example]]]:
    """Yield a name, the kind, a part of the sentence, and the example."""
    for name, f in RECTIFIERS.items():
        leaky = "initial weights, or leaky_relu."
        yield f"dead unit, {name}", "dead", leaky, lambda f=f: fresh(with_biases(-100.0, f, 1, slice(3, 4)))
        yield f"dead layer, {name}", "dead", "8 of 8 units of layer 0", lambda f=f: fresh(with_biases(-50.0, f))
        yield f"dead layer on xor, {name}", "dead", "all 4 samples", lambda f=f: on_xor(with_biases(-20.0, f))
    for name, f in list(RECTIFIERS.items())[:3]:
        yield f"dead output, {name}", "dead", leaky, lambda f=f: output_of(f, -9.0, target=1.0)
    for name, f in SQUASHERS.items():
        smaller = "smaller initial weights, a smaller learning rate"
        yield f"saturated unit, {name}", "saturated", smaller, lambda f=f: fresh(with_biases(100.0, f, 1, slice(3, 4)))
        yield f"saturated on xor, {name}", "saturated", "4 samples", lambda f=f: on_xor(with_biases(50.0, f))
        kind, advice = (
            ("saturated", smaller) if name != "clipped by where" else ("no gradient", "that is flat at its input")
        )
        yield f"saturated output, {name}", kind, advice, lambda f=f: output_of(f, 50.0)  # one condition is recorded
        if name != "sigmoid by hand":  # whose exponential overflows, which is said instead
            yield f"large weights, {name}", "saturated", smaller, lambda f=f: fresh(scaled(make(f), 1000))
    for name, f in {**SQUASHERS, "sin": sin}.items():
        if "sigmoid" in name:
            yield f"deep, {name}", "vanishing", "use relu or tanh", lambda f=f: fresh(make(f, [8] * 9))
        else:
            larger = "Use larger initial weights"
            yield f"small weights, {name}", "vanishing", larger, lambda f=f: fresh(scaled(make(f, [8] * 9), 0.2))
            yield f"one unit a layer, {name}", "vanishing", larger, lambda f=f: chain_of(f, 0.3)
    yield "large weights", "exploding", "smaller weights", lambda: fresh(scaled(make(relu, [8] * 9), 10))
    at_random = "Draw the initial weights at random."
    for name, f in {"tanh": tanh, "sigmoid": sigmoid, "relu": relu, "maximum": RECTIFIERS["maximum"]}.items():
        yield f"all parameters 0, {name}", "alike", at_random, lambda f=f: fresh(filled(make(f), 0.0))
        yield f"all parameters 0.5, {name}", "alike", at_random, lambda f=f: on_xor(filled(make(f), 0.5))
    yield (
        "sigmoid before logits",
        "squashed",
        "remove the sigmoid",
        lambda: classified(sigmoid, nn.binary_cross_entropy, 1),
    )
    by_hand_sigmoid = SQUASHERS["sigmoid by hand"]
    yield "by hand", "squashed", "remove it", lambda: classified(by_hand_sigmoid, nn.binary_cross_entropy, 1)
    yield "tanh before logits", "squashed", "remove the tanh", lambda: classified(tanh, nn.binary_cross_entropy, 1)
    yield "sigmoid before a hinge", "squashed", "remove the sigmoid", lambda: hinge_on(sigmoid)
    yield "targets out of reach", "squashed", "scale the targets to its range", lambda: output_of(tanh, 0.1, target=5.0)
    yield "negative targets", "squashed", "relu keeps the outputs above 0", lambda: output_of(relu, 1.0, target=-1.0)
    for f in (softmax, softmax_by_logarithm):
        name, logits = f.__name__, "Pass it the logits: remove that softmax."
        yield f"{name}, cross_entropy", "squashed", logits, lambda f=f: classified(f)
        yield f"{name} twice", "squashed", logits, lambda f=f: classified(lambda z: f(f(z)), log_likelihood)
    yield (
        "sigmoids, cross_entropy",
        "squashed",
        "remove the activation of the outputs",
        lambda: classified(lambda logits: [sigmoid(z) for z in logits]),
    )
    between = "Put an activation such as relu or tanh between them"
    yield "two linear layers", "linear", between, lambda: fresh(make(None, [8]))
    yield "a linear layer in the middle", "linear", between, linear_in_the_middle
    yield "two linear layers by hand", "linear", between, by_hand
    margins: dict[str, Callable[[Any, int], Value]] = {
        "relu": lambda s, y: relu(1 - y * s),
        "micrograd": lambda s, y: (1 + -y * s).relu(),
        "maximum": lambda s, y: maximum(0.0, 1 - s * y),
        "where": lambda s, y: where(1 - y * s > 0, 1 - y * s, 0.0),
        "squared": lambda s, y: relu(1 - y * s) ** 2,
        "logistic": lambda s, y: log(1 + exp(-y * s)),
        "nodes": lambda s, y: softplus(-Value(y) * s),
    }
    for name, loss in margins.items():
        yield f"labels 0 and 1, {name}", "label 0", "2 * y - 1", lambda loss=loss: margin(loss)
    yield "a step", "dead", "its step is flat everywhere", lambda: output_of(step, 0.1, target=0.0)
    yield "steps", "dead", "Use an activation with a slope", lambda: fresh(make(step))
    yield "a product of zeros", "no gradient", "weights that are all 0", product_of_zeros
    yield "signals of 0", "no gradient", "signals that are all 0", lambda: function(lambda w: (w * 0.0 - 1) ** 2, 1.0)
    yield "log(0)", "not finite", "is log(w = 0.0) = -inf", lambda: function(lambda w: log(w) * 2, 0.0)
    yield "the slope of sqrt(0)", "not finite", "local derivative is inf", lambda: function(sqrt, 0.0)
    yield "floats between layers", "unreached", "as nodes, not as plain numbers", through_floats
    yield "no_grad", "unreached", "outside no_grad", in_no_grad
    yield "no backward", "no backward", "Call loss.backward()", lambda: (Value(2.0) * 3, [])


def faults_of_some_units() -> Iterator[tuple[str, str, str, Callable[[], Example]]]:
    squared, clipped = with_biases(-100.0, squared_relu, 1, slice(3, 4)), make(SQUASHERS["clipped"], seed=3)
    yield "dead unit, squared relu", "dead", "layer 1, neuron 3 is dead", lambda: fresh(squared)
    yield "more units off than by chance", "dead", "of 40 units of layer 0", lambda: many_off(-2.0)
    yield "some units far out", "saturated", "4 of 8 units of layer 1", lambda: fresh(scaled(clipped, 20))


def names(examples: Any) -> list[str]:
    return [name for name, *_ in examples]


FAULTS = [*faults(), *faults_of_some_units()]


class TestFaults:
    @pytest.mark.filterwarnings("ignore:backward pass from")
    @pytest.mark.parametrize(("name", "kind", "part", "example"), FAULTS, ids=names(FAULTS))
    def test_is_found(self, name: str, kind: str, part: str, example: Callable[[], Example]) -> None:
        found = diagnose(*example())
        assert found
        assert {finding.kind for finding in found} == {kind}, found
        assert part in found[0].sentence
        assert found[0].is_fault

    def test_names_are_unique(self) -> None:
        assert len(set(names(FAULTS))) == len(FAULTS)


# Healthy models


def train(
    model: Any, points: Any, targets: Any, loss: Callable[[Any, Any], Value], steps: int, lr: float = 0.05
) -> Example:
    optimizer = nn.Adam(lr=lr)
    for _ in range(steps):
        optimizer.step(ready(loss([model(x) for x in points], targets), model.parameters())[1])
    return ready(loss([model(x) for x in points], targets), model.parameters())


def hinge(scores: Any, labels: Any) -> Value:
    return nn.hinge(scores, [2 * y - 1 for y in labels])


def of_book(probabilities: Any, labels: Any) -> Value:
    return -mean([y * log(p) + (1 - y) * log(1 - p) for p, y in zip(probabilities, labels)])


def single(activation: Any, bias: float = 0.5) -> nn.Neuron:
    neuron = nn.Neuron(2, activation=activation, rng=random.Random(0))
    neuron.w[0].data, neuron.w[1].data, neuron.b.data = 0.3, -0.2, bias
    return neuron


def one_sample(neuron: nn.Neuron) -> Example:
    return ready((neuron([1.0, 2.0]) - 1) ** 2, neuron.parameters())


def at_its_minimum() -> Example:
    w = Value(2.0)
    return ready(mean([(w - 1) ** 2, (w - 3) ** 2]), [w])


def zero_softmax_regression() -> Example:
    rows = [[Value(0.0) for _ in range(3)] for _ in range(5)]
    points, labels = moons(6)
    outputs = [[dot(row[:2], x, row[2]) for row in rows] for x in points]
    return ready(nn.cross_entropy(outputs, labels), [w for row in rows for w in row])


def embeddings() -> Example:
    rng = random.Random(0)
    table, model = nn.Embedding(27, 4, std=1.0, rng=rng), make(relu, [16], outputs=5)
    hidden = nn.Layer(4, 2, activation=None, rng=rng)
    tokens = [rng.randrange(27) for _ in range(12)]
    outputs = [model(list(map(relu, hidden(table[t])))) for t in tokens]
    labels = [t % 5 for t in tokens]
    return ready(nn.cross_entropy(outputs, labels), [*table.parameters(), *hidden.parameters(), *model.parameters()])


def table_by_hand() -> Example:
    rng = random.Random(0)
    table, rows = ([[Value(rng.gauss(0, 1)) for _ in range(4)] for _ in range(count)] for count in (10, 6))
    last = [Value(rng.gauss(0, 1)) for _ in range(6)]
    losses = []
    for token in [1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 1, 1]:
        hidden = [sum(x * w for x, w in zip(table[token], row)).relu() for row in rows]
        losses.append((sum(w * h for w, h in zip(last, hidden)) - token / 3) ** 2)
    return ready(mean(losses), [*(p for row in table + rows for p in row), *last])


def gpt(length: int = 8, silent: float = 0.08) -> Example:
    """Make a transformer of one layer on one sequence; `silent` is the spread of the weights that end its branches."""
    rng, width = random.Random(0), 8

    def matrix(n: int, m: int, std: float = 0.08) -> list[list[Value]]:
        return [[Value(rng.gauss(0, std)) for _ in range(m)] for _ in range(n)]

    def linear(x: Any, w: Any) -> list[Any]:
        return [sum(wi * xi for wi, xi in zip(row, x)) for row in w]

    def normed(x: Any) -> list[Any]:
        scale = (sum(v * v for v in x) / width + 1e-5) ** -0.5
        return [v * scale for v in x]

    tokens, places, head = matrix(10, width), matrix(16, width), matrix(10, width)
    wq, wk, wv, wo = matrix(width, width), matrix(width, width), matrix(width, width), matrix(width, width, silent)
    w1, w2 = matrix(4 * width, width), matrix(width, 4 * width, silent)
    text = [rng.randrange(10) for _ in range(length + 1)]
    keys, values, losses = [], [], []
    for i in range(length):
        x = [a + b for a, b in zip(tokens[text[i]], places[i])]
        y = normed(x)
        query = linear(y, wq)
        keys.append(linear(y, wk))
        values.append(linear(y, wv))
        weights = softmax([sum(a * b for a, b in zip(query, key)) / math.sqrt(width) for key in keys])
        mixed = [sum(a * v[j] for a, v in zip(weights, values)) for j in range(width)]
        x = [a + b for a, b in zip(x, linear(mixed, wo))]
        x = [a + b for a, b in zip(x, linear([v.relu() for v in linear(normed(x), w1)], w2))]
        losses.append(-log(softmax(linear(x, head))[text[i + 1]]))
    matrices = (tokens, places, wq, wk, wv, wo, w1, w2, head)
    return ready(mean(losses), [p for each in matrices for row in each for p in row])


def recurrent(activation: Activation) -> Example:
    rng = random.Random(0)
    rows = [[Value(rng.gauss(0, 0.4)) for _ in range(6)] for _ in range(4)]
    last = [Value(rng.gauss(0, 0.4)) for _ in range(4)]
    h: list[Any] = [0.0] * 4
    losses = []
    for t in range(20):
        h = [activation(dot(row[:4], h, row[4]) + row[5] * math.sin(t)) for row in rows]
        losses.append((dot(last, h) - math.sin(t + 1)) ** 2)
    return ready(mean(losses), [*(p for row in rows for p in row), *last])


def lstm() -> Example:
    rng = random.Random(0)
    gates = [[Value(rng.gauss(0, 0.4)) for _ in range(3)] for _ in range(4)]
    last = [Value(0.5), Value(0.1)]
    h: Any = 0.0
    cell: Any = 0.0
    losses = []
    for t in range(15):
        sums = [w[0] * h + w[1] * math.sin(t) + w[2] for w in gates]
        cell = sigmoid(sums[0]) * cell + sigmoid(sums[1]) * tanh(sums[2])
        h = sigmoid(sums[3]) * tanh(cell)
        losses.append((last[0] * h + last[1] - math.sin(t + 1)) ** 2)
    return ready(mean(losses), [*(p for row in gates for p in row), *last])


def autoencoder(activation: str | None) -> Example:
    """Make an autoencoder with a linear bottleneck, with or without an `activation` around it."""
    rng = random.Random(0)
    model = nn.MLP(6, [5, 2, 5, 6] if activation else [2, 6], activation=activation, rng=rng)
    if activation:
        for neuron in model.layers[1].neurons:
            neuron.activation = None
    points = [[rng.gauss(0, 1) for _ in range(6)] for _ in range(12)]
    return ready(nn.mean_squared_error([model(x) for x in points], points), model.parameters())


def perceptron() -> Example:
    w = [Value(0.1), Value(-0.2), Value(0.3)]
    return ready(total([relu(-(2 * y - 1) * dot(w[:2], x, w[2])) for x, y in zip(XOR, [0, 0, 0, 1])]), w)


def frozen_first_layer() -> Example:
    model = make()
    points, labels = moons()
    with no_grad():
        hidden = [model.layers[0].outputs(x) for x in points]
    outputs = [model.layers[2](model.layers[1].outputs(h)) for h in hidden]
    return ready(nn.binary_cross_entropy(outputs, labels), model.parameters())


def only_the_last_layer() -> Example:
    model = make(relu)
    return fresh(model)[0], model.layers[-1].parameters()


def with_weight_decay() -> Example:
    model = make(relu)
    points, labels = moons()
    loss = hinge([model(list(map(Value, x))) for x in points], labels)
    return ready(loss + 1e-4 * sum(p * p for p in model.parameters()), model.parameters())


def with_masks() -> Example:
    """Make a net with dropout and losses that skip samples."""
    rng, model = random.Random(0), make(relu, [8])

    def coin() -> float:
        return float(rng.random() < 0.5)

    points, labels = moons()
    outputs = [model.layers[1]([2 * coin() * h for h in model.layers[0].outputs(x)]) for x in points]
    margins = [coin() * relu(1 - (2 * y - 1) * s) for s, y in zip(outputs, labels)]
    squares = [(coin() * (s - y)) ** 2 for s, y in zip(outputs, labels)]
    return ready(mean(margins) + mean(squares), model.parameters())


def variational() -> Example:
    """Make an autoencoder that samples its code, with a tiny variance."""
    rng, model = random.Random(0), nn.MLP(2, [6, 4], activation="tanh", rng=random.Random(0))
    decoder = make(widths=[6], outputs=2, seed=1)
    for neuron in model.layers[1].neurons[2:]:
        neuron.b.data = -9.0
    losses = []
    for x in moons(12)[0]:
        *code, v0, v1 = model(x)
        drawn = [m + exp(0.5 * v) * rng.gauss(0, 1) for m, v in zip(code, (v0, v1))]
        penalty = sum(exp(v) + m * m - v - 1 for m, v in zip(code, (v0, v1)))
        losses.append(nn.mean_squared_error(decoder(drawn), list(x)) + 0.01 * penalty)
    return ready(mean(losses), [*model.parameters(), *decoder.parameters()])


def radial() -> Example:
    centres, weights = [Value(i - 2.0) for i in range(5)], [Value(0.2 * i) for i in range(5)]
    loss = mean([(sum(w * exp(-((x / 4 - c) ** 2)) for c, w in zip(centres, weights)) - 1) ** 2 for x in range(-8, 9)])
    return ready(loss, [*centres, *weights])


def with_loss(loss: Callable[[Any, float], Value], activation: Any = None) -> Example:
    neuron = single(activation)
    return ready(mean([loss(neuron([x / 5, 1.0]), x) for x in range(12)]), neuron.parameters())


def saturated_for_one_sample() -> Example:
    w, v = Value(50.0), Value(1.0)
    return ready((v * tanh(w * 1.0) - 3) ** 2, [w, v])


def masked_hinge() -> Example:
    """Make a hinge loss with masks that are not labels, since some are 2."""
    model = make()
    points, _ = moons()
    return ready(mean([relu(1 - mask * model(x)) for x, mask in zip(points, [0.0, 2.0] * 10)]), model.parameters())


def two_branches() -> Example:
    """Make linear units that are read by one unit each, so they do not form a linear layer."""
    rng = random.Random(0)
    first, second = ([Value(rng.gauss(0, 1)) for _ in range(4)] for _ in range(2))
    losses = []
    for x in range(4):
        a, b = dot(first[:2], [x, 1.0]), dot(first[2:], [x, 1.0])
        losses.append((second[0] * a + second[1] - 1) ** 2 + (second[2] * b + second[3] - 2) ** 2)
    return ready(mean(losses), first + second)


def healthy() -> Iterator[tuple[str, Callable[[], Example]]]:
    losses = (nn.mean_squared_error, nn.binary_cross_entropy, hinge)
    for i, (name, f) in enumerate({**RECTIFIERS, **SQUASHERS, **OTHERS}.items()):
        loss = losses[i % 3]
        for depth in range(1, 5):
            example = (f, loss, [8] * depth)
            yield f"{name}, {depth} layers", lambda e=example: fresh(make(e[0], e[2]), e[1], n=12)
        yield f"{name}, trained", lambda f=f, loss=loss: train(make(f, [6]), *moons(10), loss, 60)
        yield f"{name}, xor", lambda f=f: train(make(f, [4], seed=1), XOR, XOR_LABELS, nn.mean_squared_error, 60)
    yield "sure of moons", lambda: train(make(widths=[6]), *moons(12), nn.binary_cross_entropy, 300, lr=0.2)
    yield "linear regression", lambda: train(single(None), XOR, [1, 2, 3, 5], nn.mean_squared_error, 30)
    for f in (relu, tanh, erf):
        yield f"a neuron on one sample, {f.name}", lambda f=f: one_sample(single(f))
    yield "Adaline", lambda: train(single(None), XOR, [-1, -1, -1, 1], nn.mean_squared_error, 30)
    yield "logistic regression", lambda: train(single(None), *moons(), nn.binary_cross_entropy, 30)
    yield "soft labels", lambda: with_loss(lambda y, x: nn.binary_cross_entropy(y, 0.3))
    yield "logistic regression of the book", lambda: train(single("sigmoid"), *moons(), of_book, 30)
    yield "sure and wrong, of the book", lambda: train(single("sigmoid", 15.0), *moons(), of_book, 0)
    yield "a sigmoid for squares", lambda: train(single("sigmoid"), *moons(), nn.mean_squared_error, 30)
    yield "a tanh for a hinge", lambda: hinge_on(tanh)
    yield "softmax of the book", lambda: classified(softmax, log_likelihood)
    yield "cross_entropy", lambda: classified(lambda logits: logits)
    yield "sure, softmax of the book", lambda: classified(lambda z: softmax([30 * v for v in z]), log_likelihood)
    yield "by hand", lambda: by_hand(linear=False)
    yield "at its minimum", at_its_minimum
    yield "softmax regression from 0", zero_softmax_regression
    yield "embeddings", embeddings
    yield "a table by hand", table_by_hand
    yield "gpt", gpt
    yield "gpt with silent branches", lambda: gpt(length=4, silent=0.0)
    yield "recurrent", lambda: recurrent(tanh)
    yield "linear recurrence", lambda: recurrent(lambda x: x)
    yield "lstm", lstm
    yield "linear autoencoder", lambda: autoencoder(None)
    yield "autoencoder", lambda: autoencoder("tanh")
    yield "perceptron", perceptron
    yield "frozen first layer", frozen_first_layer
    yield "only the last layer", only_the_last_layer
    yield "weight decay", with_weight_decay
    yield "masks", with_masks
    yield "masks that are no labels", masked_hinge
    yield "saturated for one sample", saturated_for_one_sample
    yield "two branches", two_branches
    yield "variational autoencoder", variational
    yield "radial", radial
    stable = lambda z, y: maximum(z, 0.0) - y * z + log(1 + exp(-abs(z)))  # noqa: E731 - one of several losses
    yield "stable cross-entropy", lambda: with_loss(lambda z, x: stable(z, x % 2))
    yield "stable cross-entropy, soft labels", lambda: with_loss(lambda z, x: stable(z, 0.3))
    yield "logits that sum to 1", lambda: fresh(zero_head(0.5), nn.cross_entropy)
    yield "Huber", lambda: with_loss(lambda y, x: where(abs(y - x) < 1, (y - x) ** 2 / 2, abs(y - x) - 0.5))
    yield "Poisson", lambda: with_loss(lambda y, x: exp(y) - x * y)
    yield "variance", lambda: with_loss(lambda y, x: exp(-y) * x * x + y)
    yield "positive outputs", lambda: with_loss(lambda y, x: (softplus(y) - x) ** 2)


HEALTHY = list(healthy())


class TestHealthyModels:
    @pytest.mark.parametrize(("name", "example"), HEALTHY, ids=names(HEALTHY))
    def test_has_no_fault(self, name: str, example: Callable[[], Example]) -> None:
        assert not diagnose(*example())

    def test_names_are_unique(self) -> None:
        assert len(set(names(HEALTHY))) == len(HEALTHY)


class TestRemarks:
    """Findings that may be intended are remarks, not faults."""

    @pytest.mark.parametrize(
        ("kind", "part", "example"),
        [
            (
                "accumulated",
                "fine if you accumulate gradients on purpose; otherwise call zero_grad()",
                lambda: twice(fresh(make())),
            ),
            ("cleared", "call zero_grad() before backward().", lambda: cleared(fresh(make()))),
            ("linear", "fine if layer 0 is meant to be a bottleneck; otherwise put an", lambda: autoencoder(None)),
            ("linear", "fine if layer 1 is meant to be a bottleneck; otherwise put an", lambda: autoencoder("tanh")),
            ("unreached", "This is fine if they are in rows of a table that this batch does not use.", embeddings),
            ("unreached", "This is fine if they are in rows of a table that this batch does not use.", table_by_hand),
            ("unreached", "This is fine if they are in rows of a table that this batch does not use.", gpt),
            ("unreached", "This is fine if they are frozen. Otherwise, use them outside no_grad", frozen_first_layer),
        ],
    )
    def test_is_a_remark(self, kind: str, part: str, example: Callable[[], Example]) -> None:
        (finding,) = found = diagnose(*example())
        assert (finding.kind, finding.is_fault) == (kind, False)
        assert part in finding.sentence
        assert not found

    def test_a_layer_that_is_off_for_the_only_sample(self) -> None:
        model = with_biases(-20.0, relu)
        (finding,) = found = diagnose(*ready((model([0.5, 0.5]) - 1) ** 2, model.parameters()))
        assert (finding.kind, bool(found)) == ("dead", False)
        assert "8 of 8 units of layer 0 are off" in finding.sentence
        assert finding.sentence.endswith(
            "outputs 0 for the only sample, so no gradient flows back. This is fine if other samples switch them on."
        )


class TestRobust:
    def check(self, loss: Any, parameters: Sequence[Value]) -> Diagnosis:
        return diagnose(*ready(loss, parameters))

    def test_a_long_chain_and_a_long_sum(self) -> None:
        w = Value(1.0)
        h: Any = w * 1.0
        for _ in range(20_000):
            h = sin(h) + 1e-9
        assert not self.check(h, [w])
        s: Any = 0.0
        for i in range(20_000):
            s = s + w * (i % 7)
        assert not self.check((s * 1e-5 - 1) ** 2, [w])

    @pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
    def test_numbers_that_are_not_finite(self, bad: float) -> None:
        for f in {**RECTIFIERS, **SQUASHERS, **OTHERS}.values():
            model = make(f, [4])
            with pytest.warns(RuntimeWarning, match="backward pass from"):
                loss, parameters = ready(nn.mean_squared_error([model([bad, 1.0])], [1.0]) * bad, model.parameters())
            assert "not finite" in [finding.kind for finding in diagnose(loss, parameters)]

    def test_an_operation_that_is_undefined_elsewhere(self) -> None:
        root = op("root", math.sqrt, lambda x, y: [0.5 / y])
        w, b = Value(0.5), Value(3.0)
        assert not self.check(mean([(tanh(root(w * x + b)) - 1) ** 2 for x in range(4)]), [w, b])

    def test_constants(self) -> None:
        w = Value(1.0)
        assert not self.check(w * 2 + relu(Value(-1.0)) + tanh(Value(50.0)) * sigmoid(3.0), [w])
        assert not diagnose(*ready(Value(2.0), []))
