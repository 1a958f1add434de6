"""The network package: modules, layers, losses, optimisers, data."""

from __future__ import annotations

import math
import random

import mpmath as mp
import numpy as np
import pytest

import autograd
import nn
from autograd import Value, dot, gelu, maximum, op, sin, tanh
from nn import MLP, Layer, Module, Neuron


class TestModule:
    def test_parameters_are_found_in_fields_lists_dicts_and_modules(self) -> None:
        class Deep(Module):
            def __init__(self) -> None:
                self.a = Value(1.0)
                self.table = {"x": [Value(2.0)], "y": (Value(3.0), "text")}
                self.inner = Neuron(2)
                self.shared = self.a
                self.cache = self.a * 2
                self.width = 3

        names = [name for name, _ in Deep().named_parameters()]
        assert names == ["a", "table.x.0", "table.y.0", "inner.w.0", "inner.w.1", "inner.b"]
        assert len(Deep().parameters()) == 6

    def test_parameters_in_arrays_and_modules_that_know_each_other(self) -> None:
        class Grid(Module):
            def __init__(self) -> None:
                self.weights = np.array([[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]])
                self.data = np.ones(3)
                self.parent = self

        assert [name for name, _ in Grid().named_parameters()] == [
            "weights.0.0",
            "weights.0.1",
            "weights.1.0",
            "weights.1.1",
        ]

    def test_zero_grad(self) -> None:
        model = MLP(2, [3, 1])
        model([1.0, 2.0]).backward()
        model.zero_grad()
        assert [p.grad for p in model.parameters()] == [0.0] * 13

    def test_summary(self) -> None:
        assert repr(MLP(2, [4, 1])).splitlines()[0] == "MLP, 17 parameters"
        assert "layers.1: Layer(4, 1), linear, 5 parameters" in repr(MLP(2, [4, 1]))
        assert repr(Neuron(3, activation=sin)) == "Neuron(3), sin"
        assert repr(Neuron(3, activation=lambda v: v)) == "Neuron(3), <lambda>"

        class Pair(Module):
            def __init__(self) -> None:
                self.left, self.rest = Neuron(1), [Neuron(2)]

        looped = Pair()
        looped.parent = looped
        assert "parent: ..." in repr(looped)
        assert repr(Pair()).splitlines() == [
            "Pair, 5 parameters",
            "  left: Neuron(1), relu",
            "  rest.0: Neuron(2), relu",
        ]


class TestLayers:
    def test_a_neuron_is_two_nodes(self) -> None:
        n = Neuron(3, activation="tanh")
        y = n([1.0, 2.0, 3.0])
        assert y.op is tanh
        adder = y.inputs[0]
        assert (adder.op.name, len(adder.inputs)) == ("dot", 7)
        assert Neuron(3, nonlin=False)([1, 2, 3]).op.name == "dot"

    def test_activations(self) -> None:
        assert [Neuron(2, activation=a).activation for a in ("gelu", sin, None)] == [gelu, sin, None]
        cube = op("cube", lambda x: x**3, lambda x, y: [3 * x * x])
        n = Neuron(1, activation=cube)
        n.w[0].data, n.b.data = 2.0, 1.0
        assert n([1.0]).data == 27.0
        for wrong in ("tanhh", "dot", "Value", 3, "grad", "", True, dot, maximum):
            with pytest.raises(
                ValueError, match=r"activation must be a function of one number, a name such as \"tanh\", or None"
            ):
                Neuron(2, activation=wrong)

    def test_an_activation_that_is_not_used_is_checked(self) -> None:
        for make in (
            lambda: MLP(2, [1], activation="tnah"),
            lambda: Layer(2, 3, nonlin=False, activation="tnah"),
            lambda: Neuron(2, nonlin=False, activation="tnah"),
        ):
            with pytest.raises(ValueError, match="got 'tnah'; did you mean \"tanh\"?"):
                make()

    @pytest.mark.filterwarnings("ignore::RuntimeWarning")
    def test_an_activation_that_returns_no_value(self) -> None:
        for name in ("tanh", "erf", "exp"):
            with pytest.raises(
                TypeError, match=f"activation {name} must return a Value .* float: use autograd.{name}$"
            ):
                MLP(2, [3, 1], activation=getattr(math, name))([0.1, 0.2])
        for own in (lambda v: 1.0 if v > 0 else 0.0, lambda v: None, lambda v: [v]):
            with pytest.raises(TypeError, match="<lambda> must return a Value .* such as autograd.tanh"):
                Neuron(2, activation=own)([0.1, 0.2])
        assert Neuron(2, activation=np.tanh)([0.1, 0.2]).op is tanh

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("activation", "gain"), [("relu", 2), ("leaky_relu", 2), ("tanh", 1), ("sigmoid", 1), (None, 1)]
    )
    def test_the_weights_suit_what_they_read(self, activation: str | None, gain: int) -> None:
        def variance(*neurons: Neuron) -> float:
            return float(np.var([w.data for neuron in neurons for w in neuron.w])) * len(neurons[0].w)

        rng = random.Random(0)
        assert variance(Neuron(5000, activation=activation, rng=rng)) == pytest.approx(gain, rel=0.1)
        assert variance(Neuron(5000, activation=activation, gain=3.0, rng=rng)) == pytest.approx(9, rel=0.1)
        model = MLP(100, [80, 60, 60], activation=activation, rng=rng)
        of_data, *inner = (variance(*layer.neurons) for layer in model.layers)
        assert of_data == pytest.approx(1, rel=0.1)
        assert inner == pytest.approx([gain, gain], rel=0.1)

    def test_weights_and_biases_are_uniform(self) -> None:
        layer = Layer(12, 500, activation="tanh", rng=random.Random(0))
        weights = [w.data for n in layer.neurons for w in n.w]
        biases = [n.b.data for n in layer.neurons]
        for numbers, bound in ((weights, math.sqrt(3 / 12)), (biases, math.sqrt(1 / 12))):
            assert 0.98 * bound < max(numbers) < bound
            assert -bound < min(numbers) < -0.98 * bound
            assert np.std(numbers) == pytest.approx(bound / math.sqrt(3), rel=0.05)

    @pytest.mark.slow
    @pytest.mark.parametrize("activation", ["relu", "tanh"])
    @pytest.mark.parametrize("widths", [[784, 128, 10], [16] * 9])
    def test_signals_keep_their_size(self, activation: str, widths: list[int]) -> None:
        rng = np.random.default_rng(0)
        model = MLP(widths[0], widths[1:], activation=activation, rng=random.Random(0))
        outputs = autograd.compile(model, params=model.parameters(), reduction=None)(rng.normal(size=(50, widths[0])))
        assert 0.2 < np.sqrt(np.mean(np.square(outputs))) < 2

    def test_the_generator_decides(self) -> None:
        one, two = (MLP(3, [4, 2], rng=random.Random(5)) for _ in range(2))
        assert [p.data for p in one.parameters()] == [p.data for p in two.parameters()]
        random.seed(1)
        first = MLP(2, [2])
        random.seed(1)
        assert [p.data for p in first.parameters()] == [p.data for p in MLP(2, [2]).parameters()]

    def test_signals_of_all_kinds(self) -> None:
        model = MLP(2, [3, 1], activation="tanh", rng=random.Random(0))
        wanted = model([1.0, -2.0]).data
        for signals in (
            (1, -2),
            np.array([1.0, -2.0]),
            np.array([1, -2]),
            [Value(1.0), Value(-2.0)],
            (x for x in (1.0, -2.0)),
        ):
            assert model(signals).data == wanted
        assert type(MLP(1, [2, 1])(0.5)) is Value
        assert len(MLP(np.int64(2), [np.int64(3)]).parameters()) == 9
        assert [type(y) for y in MLP(2, [3, 2])([1.0, 2.0])] == [Value, Value]
        assert type(Layer(2, 1)([1.0, 2.0])) is Value

    def test_activation_reaches_all_but_the_last_layer(self) -> None:
        model = MLP(2, [3, 3, 1], activation="tanh")
        assert [layer.neurons[0].activation for layer in model.layers] == [tanh, tanh, None]

    @pytest.mark.parametrize(
        ("mistake", "error", "message"),
        [
            (lambda: MLP(2, []), ValueError, r"nouts must be a non-empty list of layer widths, got \[\]"),
            (lambda: MLP(2, 3), ValueError, "nouts must be a non-empty list of layer widths, got 3"),
            (lambda: MLP(2, [0]), ValueError, "nout must be at least 1, got 0"),
            (lambda: MLP(0, [1]), ValueError, "nin must be at least 1, got 0"),
            (lambda: MLP(2, [1.5]), TypeError, "nout must be a whole number, got float: 1.5"),
            (
                lambda: Neuron(2, rng=0),
                TypeError,
                r"rng must be a random.Random, such as random.Random\(0\), got int: 0",
            ),
            (lambda: Neuron(2, nonlin="no"), TypeError, "nonlin must be True or False, got str: 'no'"),
            (lambda: Neuron(True), TypeError, "nin must be a whole number, got bool"),
            (lambda: Neuron(2, gain=0), ValueError, "gain must be a positive number, got 0"),
            (lambda: Layer(2, 3, gain="relu"), ValueError, "gain must be a positive number, got 'relu'"),
            (lambda: MLP(2, [1])([1.0, "a"]), TypeError, r"dot\(\) takes numbers and Values, got str: 'a'"),
            (lambda: MLP(2, [3, 1])([1.0, 2.0, 3.0]), ValueError, "got 2 weights and 3 inputs"),
        ],
    )
    def test_mistakes_are_named(self, mistake: object, error: type[Exception], message: str) -> None:
        with pytest.raises(error, match=message):
            mistake()


class TestEmbedding:
    def test_an_index_beside_numbers_with_a_fraction_is_a_float(self) -> None:
        rows = nn.Embedding(3, 2)
        assert rows[2.0] is rows[np.int64(2)] is rows(2) is rows.table[2]

    @pytest.mark.parametrize("wrong", [3, -1, 0.5, math.nan, Value(3.0), Value(0.5)])
    def test_what_is_no_index(self, wrong: object) -> None:
        with pytest.raises(IndexError, match="the index must be a whole number from 0 to 2, got"):
            nn.Embedding(3, 2)[wrong]

    @pytest.mark.parametrize("wrong", ["1", None, [1]])
    def test_what_is_no_number(self, wrong: object) -> None:
        with pytest.raises(TypeError, match="the index"):
            nn.Embedding(3, 2)[wrong]

    def test_options_are_checked(self) -> None:
        with pytest.raises(TypeError, match="rng must be a random.Random"):
            nn.Embedding(3, 2, rng=0)
        for wrong in (-1, math.nan, "wide", True):
            with pytest.raises(ValueError, match="std must be a number of at least 0, got"):
                nn.Embedding(3, 2, std=wrong)


class TestLosses:
    def test_formulas(self) -> None:
        assert nn.mean_squared_error([Value(1.0), Value(3.0)], [0.0, 1.0]).data == 2.5
        assert nn.mean_squared_error(Value(3.0), 1.0).data == 4.0
        assert nn.mean_squared_error([[1.0, 2.0], [3.0, 4.0]], np.zeros((2, 2))) == 7.5
        assert nn.hinge([Value(0.5), Value(-2.0), Value(3.0)], [1, 1, 1]).data == pytest.approx(3.5 / 3)
        z, y = 0.3, 1
        assert nn.binary_cross_entropy(Value(z), y).data == pytest.approx(-math.log(1 / (1 + math.exp(-z))))
        assert nn.binary_cross_entropy(Value(z), 0).data == pytest.approx(-math.log(1 - 1 / (1 + math.exp(-z))))
        logits = [0.1, -0.4, 2.0]
        wanted = -math.log(math.exp(-0.4) / sum(map(math.exp, logits)))
        assert nn.cross_entropy(logits, 1) == pytest.approx(wanted)
        assert nn.cross_entropy([logits, logits], np.array([1, 1])) == pytest.approx(wanted)

    def test_gradient_of_cross_entropy_is_softmax_minus_target(self) -> None:
        logits = [Value(x) for x in (0.1, -0.4, 2.0)]
        nn.cross_entropy(logits, 2).backward()
        for i, v in enumerate(logits):
            with mp.workdps(50):
                p = mp.exp(mp.mpf(v.data)) / mp.fsum(mp.exp(mp.mpf(u.data)) for u in logits)
            assert v.grad == pytest.approx(float(p) - (i == 2), rel=1e-13)

    def test_nested_lists_of_several_lengths_have_one_mean(self) -> None:
        assert nn.mean_squared_error([[1.0], [1.0, 0.0, 0.0]], [[0.0], [0.0, 0.0, 0.0]]) == 0.5

    def test_stable_at_extremes(self) -> None:
        z = Value(-800.0)
        nn.binary_cross_entropy(z, 1).backward()
        assert z.grad == -1.0
        assert nn.cross_entropy([1000.0, 0.0], 1) == 1000.0
        assert nn.binary_cross_entropy([800.0, -800.0], [1, 0]) == 0.0
