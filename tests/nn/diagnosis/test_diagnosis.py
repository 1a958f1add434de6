"""Test that `diagnose` finds nothing in healthy models and locates each fault."""

from __future__ import annotations

import math
import random
import subprocess
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import pytest

import autograd.testing
import nn
from autograd import Value, dot, leaky_relu, log, mean, no_grad, relu, sigmoid, sin, sqrt, tanh, total, where
from nn import diagnose
from nn.data import digits
from nn.diagnosis import Diagnosis

pytestmark = pytest.mark.slow

ACTIVATIONS = ("relu", "leaky_relu", "gelu", "tanh", "sigmoid")
LOSSES: dict[str, Callable[[Any, list[int]], Value]] = {
    "mean_squared_error": nn.mean_squared_error,
    "binary_cross_entropy": nn.binary_cross_entropy,
    "hinge": lambda outputs, labels: nn.hinge(outputs, [2 * y - 1 for y in labels]),
}


def moons(n: int, rng: random.Random) -> tuple[list[list[float]], list[int]]:
    """Return noisy points on two interleaved half circles, and their labels 0 and 1."""
    labels = [i % 2 for i in range(n)]
    angles = [rng.uniform(0, math.pi) for _ in labels]
    points = [[y + (1 - 2 * y) * math.cos(t), y / 2 + (1 - 2 * y) * math.sin(t)] for t, y in zip(angles, labels)]
    return [[v + rng.gauss(0, 0.1) for v in p] for p in points], labels


def backward(loss: Value) -> Value:
    with warnings.catch_warnings(action="ignore"):  # of a loss that is not finite
        loss.backward()
    return loss


def net(
    seed: int,
    widths: Sequence[int] = (8, 8),
    n: int = 20,
    activation: str = "relu",
    change: Callable[[nn.MLP], Any] = id,
) -> Diagnosis:
    """Diagnose a fresh net on moons after applying `change` to it."""
    rng = random.Random(seed)
    points, labels = moons(n, rng)
    model = nn.MLP(2, [*widths, 1], activation=activation, rng=rng)
    change(model)
    outputs = [model(x) for x in points]
    return diagnose(backward(nn.mean_squared_error(outputs, labels)), model.parameters())


def kinds(found: Diagnosis) -> list[str]:
    return [finding.kind for finding in found]


class TestHealthy:
    @pytest.mark.parametrize("activation", ACTIVATIONS)
    @pytest.mark.parametrize("layers", [0, 1, 2, 4, 7])
    def test_fresh_nets(self, activation: str, layers: int) -> None:
        if activation == "sigmoid":
            layers = min(layers, 4)  # with 7 gradients vanish
        rng = random.Random(layers)
        for name, n in zip([*LOSSES] * 2, (1, 8, 16, 2, 31, 100) if layers < 3 else (1, 8, 16)):
            points, labels = moons(n, rng)
            model = nn.MLP(2, [8] * layers + [1], activation=activation, rng=rng)
            loss = backward(LOSSES[name](list(map(model, points)), labels))
            assert not diagnose(loss, model.parameters()), (name, n)

    @pytest.mark.parametrize("activation", ACTIVATIONS)
    @pytest.mark.parametrize("loss_of", LOSSES.values(), ids=LOSSES)
    def test_nets_while_they_learn(self, activation: str, loss_of: Callable[[Any, list[int]], Value]) -> None:
        rng = random.Random(1)
        points, labels = moons(10, rng)
        model = nn.MLP(2, [8, 1], activation=activation, rng=rng)
        optimizer = nn.Adam(lr=0.05)
        for step in range(60):
            loss = loss_of([model(x) for x in points], labels)
            model.zero_grad()
            loss.backward()
            if step % 10 == 9:
                assert not diagnose(loss, model.parameters()), step
            optimizer.step(model.parameters())
        assert not diagnose(loss, model.parameters()), "later changes of the data are ignored"

    def test_xor_learned_by_heart(self) -> None:
        model = nn.MLP(2, [4, 1], activation="tanh", rng=random.Random(0))
        optimizer = nn.Adam(lr=0.1)
        for _ in range(300):
            loss = nn.hinge([model(x) for x in ([0, 0], [0, 1], [1, 0], [1, 1])], [-1, 1, 1, -1])
            model.zero_grad()
            loss.backward()
            optimizer.step(model.parameters())
        assert loss.data == 0.0
        assert not diagnose(loss, model.parameters())

    @pytest.mark.parametrize("activation", ["relu", "tanh"])
    def test_digits(self, activation: str) -> None:
        images, labels = digits()
        model = nn.MLP(64, [32, 10], activation=activation, rng=random.Random(2))
        loss = backward(nn.cross_entropy([model(image) for image in images[:32]], labels[:32]))
        assert str(diagnose(loss, model.parameters())) == "nothing found"

    def test_a_perfect_fit(self) -> None:
        w, b = Value(2.0, "w"), Value(1.0, "b")
        loss = mean([(w * x + b - (2 * x + 1)) ** 2 for x in range(10)])
        assert not diagnose(backward(loss), [w, b])

    def test_a_recurrence(self) -> None:
        w, u, v = Value(0.8, "w"), Value(0.5, "u"), Value(-0.3, "v")
        h: Any = 0.0
        for t in range(100):
            h = tanh(w * h + u * math.sin(t))
        assert not diagnose(backward((v * h - 1) ** 2), [w, u, v])

    def test_a_clipped_gradient_and_any_seed(self) -> None:
        w, b = Value(3.0, "w"), Value(1.0, "b")
        loss = (w * 2 + b) ** 2
        loss.backward(seed=0.25)
        assert not diagnose(loss, [w, b])
        w.grad = 1.0
        assert not diagnose(loss, [w, b])
        w.grad = b.grad = 0.0
        (finding,) = diagnosis = diagnose(loss, iter([w, b]))
        assert (finding.kind, finding.nodes, bool(diagnosis)) == ("cleared", (w, b), False)

    @pytest.mark.parametrize("seed", [0.1, 0.3, 0.7, 3.3, -1.0])
    def test_rounding(self, seed: float) -> None:
        w = Value(3.0, "w")
        loss = mean([(w * x - 1) ** 2 for x in (0.1, 0.2, 0.3, 0.7)])
        loss.backward(seed)
        assert not diagnose(loss, [w])

    def test_activations_without_a_unit(self) -> None:
        """Activations of constants, of signals and of products of two signals."""
        w = Value(0.5, "w")
        signals = [Value(-float(i + 1)) for i in range(10)]
        loss = total([relu(x) + relu(x * 2) + relu(relu(x) - 1) for x in signals]) + w
        assert not diagnose(backward(loss), [w])

    def test_a_last_layer_of_zeros_blocks_gradients_at_first(self) -> None:
        def silence(model: nn.MLP) -> None:
            for p in model.layers[-1].parameters():
                p.data = 0.0

        assert not net(0, [8] * 4, activation="tanh", change=silence)


class TestUnits:
    @pytest.mark.parametrize("n", [8, 32])
    @pytest.mark.parametrize("seed", range(5))
    def test_a_unit_that_was_killed(self, seed: int, n: int) -> None:
        def kill(model: nn.MLP) -> None:
            model.layers[1].neurons[3].b.data = -100.0

        (finding,) = net(seed, n=n, change=kill)
        assert finding.kind == "dead"
        assert len(finding.nodes) == n
        assert {node.op for node in finding.nodes} == {relu}
        assert finding.sentence == (
            f"layer 1, neuron 3 is dead: its relu outputs 0 for all {n} samples, so no gradient flows back. "
            "Use a smaller learning rate, other initial weights, or leaky_relu."
        )

    def test_seven_samples_are_too_few(self) -> None:
        def kill(model: nn.MLP) -> None:
            model.layers[0].neurons[3].b.data = -100.0

        assert not net(0, n=7, change=kill)

    def test_large_weights_kill_as_well(self) -> None:
        def kill(model: nn.MLP) -> None:
            for w in model.layers[1].neurons[2].w:
                w.data = -100.0

        assert "layer 1, neuron 2 is dead" in str(net(0, change=kill))

    def test_units_of_a_layer_share_a_sentence(self) -> None:
        def kill(model: nn.MLP) -> None:
            for neuron in model.layers[0].neurons[:5]:
                neuron.b.data = -100.0

        (finding,) = net(0, change=kill)
        assert len(finding.nodes) == 5 * 20
        assert finding.sentence.startswith(
            "5 of 8 units of layer 0 are dead (layer 0, neuron 0; layer 0, neuron 1; layer 0, neuron 2 and 2 more): "
            "their relu outputs 0 for all 20 samples"
        )

    def test_a_layer_that_is_off_as_a_whole(self) -> None:
        def switch_off(model: nn.MLP) -> None:
            for neuron in model.layers[0].neurons:
                neuron.b.data = -3.0

        (finding,) = net(3, n=50, change=switch_off)
        assert "8 of 8 units of layer 0 are dead" in finding.sentence, "and not the later layers, which get no signal"

    def test_a_layer_behind_one_that_is_off_is_not_blamed(self) -> None:
        def switch_off(model: nn.MLP) -> None:
            for layer, bias in zip(model.layers, (-50.0, -0.1)):
                for neuron in layer.neurons:
                    neuron.b.data = bias

        (finding,) = net(0, change=switch_off)
        assert "8 of 8 units of layer 0 are dead" in finding.sentence

    def test_more_units_off_than_by_chance(self) -> None:
        def switch_off(model: nn.MLP) -> None:
            for neuron in model.layers[0].neurons[:20]:
                neuron.b.data = -6.0

        (finding,) = net(0, [40], n=10, change=switch_off)
        assert "of 40 units of layer 0 are dead" in finding.sentence
        assert len(finding.nodes) >= 10 * 20

    def test_units_written_by_hand_in_many_ways(self) -> None:
        w, v, b = Value(0.5, "w"), Value(-0.25, "v"), Value(-100.0, "b")
        adders: list[Callable[[float], Value]] = [
            lambda x: w * x + v * x + b,
            lambda x: w * x - v * -x - (-b),
            lambda x: dot([w, v], [x, x], b),
            lambda x: dot([w, v], [x, x]) + b,
            lambda x: total([w * x, v * x, b]),
            lambda x: mean([w * x, v * x, b]),
            lambda x: b + w * x + v * x,
        ]
        for adder in adders:
            outputs = [relu(adder(x)) for x in range(10)]
            found = diagnose(backward(mean([(y - 1) ** 2 for y in outputs])), [w, v, b])
            assert kinds(found) == ["dead"]
            assert found[0].nodes == tuple(outputs)
            assert "the unit of w, v, b is dead" in str(found) or adder is adders[-1]
            for p in (w, v, b):
                p.grad = 0.0

    def test_a_sum_that_is_read_elsewhere_is_no_dead_unit(self) -> None:
        w, b = Value(0.5, "w"), Value(-100.0, "b")
        s, outputs = w * 1.0 + b, []
        for x in range(10):
            s = s + w * x
            outputs.append(relu(s))
        assert kinds(diagnose(backward(mean([(y - 1) ** 2 for y in outputs])), [w, b])) == ["no gradient"]
        w.grad = b.grad = 0.0
        assert not diagnose(backward(mean([*outputs, s])), [w, b])

    def test_sums_without_weights_are_never_far_below_zero(self) -> None:
        a, c, k, m = (Value(x) for x in (1.0, 1.0, 2.0, 10.0))
        loss = mean([(a * relu(x - k) + c * relu(x - m) - x) ** 2 for x in range(10)])
        assert not diagnose(backward(loss), [a, c, k, m])

    def test_a_hinge_that_is_satisfied_is_not_dead(self) -> None:
        w, b = Value(10.0, "w"), Value(0.0, "b")
        losses = [relu(1 - (w * x + b)) for x in range(1, 11)]
        assert not diagnose(backward(mean(losses)), [w, b])

    @pytest.mark.parametrize(("target", "found"), [(1.0, []), (0.0, ["saturated"])])
    def test_an_output_is_saturated_if_the_loss_pulls_it_back(self, target: float, found: list[str]) -> None:
        w, b = Value(0.1, "w"), Value(20.0, "b")
        loss = mean([(sigmoid(w * x + b) - target) ** 2 for x in range(10)])
        assert kinds(diagnose(backward(loss), [w, b])) == found

    @pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
    def test_a_saturated_unit(self, activation: str) -> None:
        def push(model: nn.MLP) -> None:
            model.layers[0].neurons[1].b.data = 20.0
            model.layers[0].neurons[2].b.data = -20.0

        (finding,) = net(0, activation=activation, change=push)
        assert finding.kind == "saturated"
        assert len(finding.nodes) == 40
        assert finding.sentence.startswith(
            "2 of 8 units of layer 0 are saturated (layer 0, neuron 1; layer 0, neuron 2)"
        )
        assert f"the slope of their {activation} is at most " in finding.sentence

    def test_a_nearly_constant_unit(self) -> None:
        w, b, v = Value(0.1, "w"), Value(5.0, "b"), Value(1.0, "v")
        loss = mean([(v * tanh(w * x + b) - x) ** 2 for x in range(10)])
        assert "the slope of its tanh is at most 0.00018 for all 10" in str(diagnose(backward(loss), [w, b, v]))

    def test_large_weights_saturate_on_both_sides(self) -> None:
        def enlarge(model: nn.MLP) -> None:
            for p in model.parameters():
                p.data *= 100

        assert "saturated" in kinds(net(1, activation="tanh", change=enlarge))

    def test_a_confident_net_is_not_saturated(self) -> None:
        w, v = Value(6.0, "w"), Value(1.0, "v")
        loss = mean([(v * tanh(w * x) - x) ** 2 for x in (-1.0, 1.0) * 5])
        assert not diagnose(backward(loss), [w, v])


class TestLayers:
    @pytest.mark.parametrize("seed", range(5))
    def test_ten_layers_of_sigmoid_units(self, seed: int) -> None:
        (finding,) = net(seed, [8] * 9, activation="sigmoid")
        assert finding.kind == "vanishing"
        assert finding.nodes[0].scope == ("layer 0", "neuron 0")
        assert finding.sentence.startswith("gradients vanish on the way back to layer 0")
        assert (
            " times that of layers nearer to the loss. The slopes of the activations are around 0.2" in finding.sentence
        )
        assert ": use relu or tanh, whose slopes reach 1" in finding.sentence

    def test_layers_without_a_scope(self) -> None:
        ws = [Value(1.0, f"w{i}") for i in range(10)]
        h: Any = 0.5
        for w in ws:
            h = sigmoid(w * h)
        found = diagnose(backward((h - 1) ** 2), ws)
        assert kinds(found) == ["vanishing"]
        assert found[0].nodes[0] is ws[0]
        assert "back to w0" in str(found)

    def test_tiny_gradients_are_not_compared(self) -> None:
        ws = [Value(1.0, f"w{i}") for i in range(10)]
        h: Any = 0.5
        for w in ws:
            h = sigmoid(w * h)
        assert not diagnose(backward(h * 1e-12), ws)

    def test_a_dot_that_multiplies_signals_is_not_linear(self) -> None:
        a, b, c, d = (Value(x) for x in (0.5, 0.3, 0.7, -0.2))
        signals = [a * x + b for x in range(4)]
        loss = mean([(c * dot([d, h], [x, h]) - 1) ** 2 for x, h in enumerate(signals)])
        assert kinds(diagnose(backward(loss), [a, b, c, d])) == []

    def test_exploding(self) -> None:
        def enlarge(model: nn.MLP) -> None:
            for p in model.parameters():
                p.data *= 10

        (finding,) = net(0, [8] * 9, change=enlarge)
        assert finding.kind == "exploding"
        assert "gradients explode on the way back to layer 0, layer 1, layer 2 and 7 more" in finding.sentence

    def test_exploding_compared_with_layers_nearer_to_the_loss(self) -> None:
        first, last = Value(0.001, "first"), Value(1.0, "last")
        between = [Value(30.0, f"w{i}") for i in range(4)]
        h = first * 1.0
        for w in between:
            h = leaky_relu(h) * w
        parameters = [first, *between, last]
        assert not diagnose(backward(last * h), parameters), "gradients are large near the loss, too"
        for p in parameters:
            p.grad = 0.0
        (finding,) = diagnose(backward(last * 1e-3 + h * 0.01), parameters)
        assert (finding.kind, finding.nodes) == ("exploding", (first,))
        assert "mean square at first is 8.1e+03, 1.6e+04 times that of layers nearer to the loss" in finding.sentence

    def test_layers_inside_a_model_that_has_a_scope_itself(self) -> None:
        rng = random.Random(0)
        model = nn.MLP(2, [8] * 9 + [1], activation="sigmoid", rng=rng)
        for p in model.parameters():
            p.scope = ("model", *p.scope)
        loss = backward(nn.mean_squared_error([model([0.1, 0.2]), model([0.3, -0.4])], [0, 1]))
        assert "back to model, layer 0, model, layer 1" in str(diagnose(loss, model.parameters())).replace(";", ",")


class TestGradients:
    def test_no_backward(self) -> None:
        w = Value(2.0, "w")
        loss = w * w
        w.grad = 1.0
        (finding,) = diagnose(loss, [w])
        assert (finding.kind, finding.nodes) == ("no backward", (loss,))
        w.grad = 0.0
        loss.backward()
        assert not diagnose(loss, [w])

    def test_accumulated_on_one_graph(self) -> None:
        w, v = Value(2.0, "w"), Value(3.0, "v")
        loss = w * w * v
        loss.backward()
        loss.backward()
        (finding,) = diagnosis = diagnose(loss, [w, v])
        assert (finding.kind, finding.nodes) == ("accumulated", (w, v))
        assert not finding.is_fault
        assert not diagnosis, "it may be intended"
        assert finding.sentence.endswith(
            "This is fine if you accumulate gradients on purpose; otherwise call zero_grad() before each backward pass."
        )
        assert "the gradient of 2 parameters (w, v) is 2 times that of this loss: 24 at w" in finding.sentence
        w.grad = v.grad = 0.0
        loss.backward()
        assert not diagnose(loss, [w, v])

    def test_accumulated_over_steps(self) -> None:
        w = Value(2.0, "w")
        for x in (1.0, 5.0, 3.0):
            loss = (w * x - 1) ** 2
            loss.backward()
        (finding,) = diagnose(loss, [w])
        assert finding.kind == "accumulated"
        assert "w is not that of this loss alone: 122 at w, where this loss gives 30" in finding.sentence

    def test_accumulated_where_the_gradient_of_the_loss_is_0(self) -> None:
        w = Value(0.0, "w")
        w.grad = 1.0
        assert kinds(diagnose(backward(w * w), [w])) == ["accumulated"]
        w.grad = math.nan
        assert ": nan at w, where this loss gives 3." in str(diagnose(backward(w * 3), [w]))

    def test_unreached(self) -> None:
        used, frozen, forgotten = Value(1.0, "used"), Value(2.0, "frozen"), Value(3.0)
        with no_grad():
            c = frozen * 2
        (finding,) = diagnose(backward(used * c), [used, frozen, forgotten])
        assert (finding.kind, finding.nodes) == ("unreached", (frozen, forgotten))
        assert "no gradient reaches 2 parameters (frozen, v1): the loss does not depend on them." in finding.sentence
        assert "reaches frozen: the loss does not depend on it." in str(diagnose(used * c, [frozen]))

    def test_a_loss_that_is_a_leaf(self) -> None:
        w, loss = Value(1.0, "w"), Value(3.0)
        loss.backward()
        assert kinds(diagnose(loss, [w])) == ["unreached"]
        assert not diagnose(loss, [])


class TestNotFinite:
    def test_the_first_node_with_its_line(self) -> None:
        w = Value(0.0, "w")
        bad = log(w)  # the culprit
        (finding,) = diagnose(backward(bad * 2 + w), [w])
        assert (finding.kind, finding.nodes) == ("not finite", (bad,))
        assert "is log(w = 0.0) = -inf, made at " in finding.sentence
        assert "bad = log(w)  # the culprit" not in finding.sentence, "in one line, spaces are single"
        assert "bad = log(w) # the culprit. Keep the inputs of log in its domain." in finding.sentence

    def test_unselected_options_of_where_are_ignored(self) -> None:
        w = Value(2.0, "w")
        loss = where(w > 1, w * 2, where(w < 1, w, math.inf)) + w
        assert not diagnose(backward(loss), [w])
        assert "is sqrt(-2.0) = nan" in str(diagnose(backward(loss + sqrt(-w)), [w]))

    def test_a_parameter(self) -> None:
        def break_one(model: nn.MLP) -> None:
            model.layers[0].neurons[0].w[1].data = math.nan

        found = net(0, change=break_one)
        assert kinds(found)[0] == "not finite"
        assert "is layer 0, neuron 0, 'w1' = nan. Check where it was set." in found[0].sentence

    def test_samples_that_are_not_finite_do_not_make_a_unit_dead(self) -> None:
        w, b = Value(1.0, "w"), Value(-100.0, "b")
        for bad in (0, 9):
            outputs = [relu(w * (math.nan if i == bad else 1.0) + b) for i in range(10)]
            assert kinds(diagnose(backward(mean([(y - 1) ** 2 for y in outputs])), [w, b])) == ["not finite"]

    def test_a_gradient(self) -> None:
        w = Value(0.0, "w")
        root = sqrt(w)
        (finding,) = diagnose(backward(3 * root), [w])
        assert (finding.kind, finding.nodes) == ("not finite", (root,))
        assert (
            "finite at sqrt(w = 0.0) = 0.0: its own gradient is 3 and its local derivative is inf" in finding.sentence
        )

    def test_a_gradient_that_overflows_in_a_sum(self) -> None:
        w = Value(1e-300, "w")
        (finding,) = diagnose(backward(w * 1e308 + w * 1e308), [w])
        assert (finding.kind, finding.nodes) == ("not finite", (w,))
        assert "'w' = 1e-300: its own gradient is inf" in finding.sentence

    def test_an_infinite_slope_that_reaches_no_parameter(self) -> None:
        w = Value(1.0, "w")
        assert not diagnose(backward(w * 2 + sqrt(Value(0.0))), [w])


class TestDiagnosis:
    def test_it_is_a_sequence(self) -> None:
        w = Value(0.0, "w")
        found = diagnose(log(w), [w, Value(1.0, "u")])
        assert kinds(found) == ["no backward", "not finite", "unreached"]
        assert kinds(found[1:]) == ["not finite", "unreached"]
        assert str(found).splitlines() == [finding.sentence for finding in found]
        assert repr(found) == str(found)

    def test_html_escapes_labels(self) -> None:
        w, u = Value(1.0, "w"), Value(1.0, "<b>\nu")
        found = diagnose(backward(w * 2), [w, u])
        assert "<ul><li>no gradient reaches &lt;b&gt; u: " in found._repr_html_()
        assert diagnose(backward(w * 1), [])._repr_html_() == "<p>nothing found</p>"

    def test_nothing_in_the_graph_is_changed(self) -> None:
        w = Value(2.0, "w")
        loss = backward(sin(w) * w)
        before = (w.grad, loss.grad, w.data)
        diagnose(loss, [w])
        assert (w.grad, loss.grad, w.data) == before

    def test_a_deep_graph(self) -> None:
        w = Value(1.0, "w")
        h: Any = w
        for _ in range(5_000):
            h = relu(h + w * 1e-9)
        assert not diagnose(backward(h), [w])

    def test_invalid_arguments_raise(self) -> None:
        model = nn.MLP(2, [1])
        with pytest.raises(TypeError, match="^loss must be a Value, got "):
            diagnose(1.0, [])
        with pytest.raises(
            TypeError, match=r"params must be a list of parameters, such as model.parameters\(\), got MLP"
        ):
            diagnose(Value(1.0), model)
        with pytest.raises(TypeError, match="^each of params must be a Value, got "):
            diagnose(Value(1.0), dict(model.named_parameters()))

    def test_it_is_loaded_on_first_use(self) -> None:
        program = "import sys, nn, autograd.testing; print('nn.diagnosis' in sys.modules); nn.diagnosis.Finding"
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert done.stdout == "False\n"

    def test_the_old_name(self) -> None:
        with pytest.warns(DeprecationWarning, match=r"autograd\.testing\.diagnose is deprecated .* use nn\.diagnose"):
            assert autograd.testing.diagnose is diagnose
        with pytest.warns(DeprecationWarning, match=r"use nn\.diagnosis\.Finding"):
            assert autograd.testing.Finding is nn.diagnosis.Finding
        with pytest.raises(AttributeError, match="module 'autograd.testing' has no attribute 'nonsense'"):
            autograd.testing.nonsense  # noqa: B018
