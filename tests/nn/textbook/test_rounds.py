"""Test that a round records what the network computes, with the deltas that textbooks derive."""

from __future__ import annotations

import random
from math import cosh, isclose, tanh

import numpy as np
import pytest

from autograd import Value, draw, op
from nn import MLP
from nn.textbook import Round, ThreeLayers, play_round


@pytest.fixture
def played() -> Round:
    return play_round(ThreeLayers(rng=random.Random(0)), [1.0, -0.5], 1.0, lr=0.25)


def test_two_inputs_three_layers_one_output(played: Round) -> None:
    assert [len(layer) for layer in played.layers] == [3, 2, 1]
    assert [len(layer[0].weights) for layer in played.layers] == [2, 3, 2]
    model = ThreeLayers(rng=random.Random(0))
    assert played.outputs == (model([1.0, -0.5]).data,)
    assert [y.op.name for y in ThreeLayers(2, [2, 2], activation="sigmoid")([0.0, 1.0])] == ["sigmoid", "sigmoid"]
    assert {p.scope[0] for p in model.parameters()} == {"layer 0", "layer 1", "layer 2"}


def test_forward_pass_of_adder_and_element(played: Round) -> None:
    signals = played.inputs
    for layer in played.layers:
        for unit in layer:
            assert unit.signals == signals
            assert isclose(unit.r, np.dot(unit.weights, signals) + unit.bias, rel_tol=1e-12)
            assert isclose(unit.y, tanh(unit.r), rel_tol=1e-15)
            assert isclose(unit.slope, cosh(unit.r) ** -2, rel_tol=1e-12)
        signals = tuple(unit.y for unit in layer)
    assert played.error == (played.outputs[0] - 1.0) ** 2 / 2 == played.graph.data


def test_errors_propagate_back_layer_by_layer(played: Round) -> None:
    *hidden, last = played.layers
    assert last[0].arrived == played.outputs[0] - played.desired[0]
    for layer, behind in zip(hidden, played.layers[1:]):
        for i, unit in enumerate(layer):
            assert isclose(unit.arrived, sum(u.weights[i] * u.delta for u in behind), rel_tol=1e-12)
    for unit in (unit for layer in played.layers for unit in layer):
        assert isclose(unit.delta, unit.slope * unit.arrived, rel_tol=1e-12)


def test_the_weights_are_updated_by_delta_times_signal(played: Round) -> None:
    for unit in (unit for layer in played.layers for unit in layer):
        changed = [w - 0.25 * unit.delta * a for w, a in zip(unit.weights, unit.signals)]
        assert unit.new_weights == pytest.approx(changed, rel=1e-14)
        assert unit.new_bias == pytest.approx(unit.bias - 0.25 * unit.delta, rel=1e-14)


@pytest.mark.slow
def test_the_model_learns_and_the_record_does_not_change() -> None:
    model = ThreeLayers(rng=random.Random(0))
    first = play_round(model, [1.0, -0.5], 1.0, lr=0.25)
    kept = first.layers
    second = play_round(model, np.array([1.0, -0.5]), np.array([1.0]), lr=0.25)
    assert second.error < first.error
    assert first.layers == kept
    assert second.layers[0][0].weights == first.layers[0][0].new_weights
    assert "E = " in str(draw(first.graph))


def test_an_mlp_has_linear_outputs() -> None:
    model = MLP(1, [3, 2], activation="relu", rng=random.Random(0))
    played = play_round(model, [2.0], [0.0, 1.0], lr=0.1)
    assert all(unit.element is None and unit.slope == 1.0 and unit.r == unit.y for unit in played.layers[-1])
    assert played.error == sum((y - d) ** 2 for y, d in zip(played.outputs, (0.0, 1.0))) / 2


def test_an_element_of_several_operations() -> None:
    cube = op("cube", lambda x: x**3, lambda x, y: [3 * x * x])
    for element, slope in (
        (cube, lambda x: 3 * x * x),
        (lambda x: (2 * x).tanh() + 1, lambda x: 2 * cosh(2 * x) ** -2),
    ):
        model = ThreeLayers(1, [1], activation=element, rng=random.Random(3))
        unit = play_round(model, [0.5], 1.0, lr=0.1).layers[0][0]
        assert isclose(unit.slope, slope(unit.r), rel_tol=1e-12)
        assert isclose(unit.delta, unit.slope * unit.arrived, rel_tol=1e-12)


def test_invalid_arguments_raise() -> None:
    with pytest.raises(
        TypeError, match=r"model must have layers of neurons, such as ThreeLayers\(\) or MLP, got Value"
    ):
        play_round(Value(1.0), [1.0], 1.0, lr=0.1)
    with pytest.raises(ValueError, match="desired must have one number for each output, got 2 for 1"):
        play_round(ThreeLayers(), [1.0, 2.0], [1.0, 2.0], lr=0.1)
    model = MLP(1, [1], rng=random.Random(0))
    before = [p.data for p in model.parameters()]
    with pytest.raises(FloatingPointError, match=r"the error must be finite, got inf: use a lower lr than 0\.1"):
        play_round(model, [1e300], 1.0, lr=0.1)
    assert [p.data for p in model.parameters()] == before
