"""Test that `tell` prints the numbers of the first round, and that xor is learned."""

from __future__ import annotations

import random
import re

import pytest

from nn import MLP
from nn.textbook import ThreeLayers, learn, tell

INPUTS, DESIRED = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]


@pytest.mark.slow
def test_xor_from_the_first_round_to_new_inputs(capsys: pytest.CaptureFixture[str]) -> None:
    model = ThreeLayers()
    new = [[0.1, 0.9], [0.9, 1.0]]
    story = tell(model, INPUTS, DESIRED, new, rng=random.Random(2), lr=0.3, progress=False)
    told = capsys.readouterr()
    assert [int(n) for n in re.findall(r"^(\d)\. ", told.out, re.M)] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert told.err == ""
    assert "[0, 0] → [0], and 3 more" in told.out
    rng = random.Random(2)
    drawn = [rng.uniform(-1, 1) for _ in range(20)]
    first = story.first.layers[0][0]
    assert (*first.weights, first.bias) == tuple(drawn[:3])
    assert f"layer 0, neuron 0: w = [{drawn[0]:.4g}, {drawn[1]:.4g}], b = {drawn[2]:.4g}" in told.out
    deltas = re.findall(r"(layer .*): delta = .* = (\S+)", told.out)
    assert [name for name, _ in deltas] == [
        "layer 2", "layer 1, neuron 1", "layer 1, neuron 0", "layer 0, neuron 2", "layer 0, neuron 1", "layer 0, neuron 0",
    ]  # fmt: skip
    assert [float(delta) for _, delta in deltas] == pytest.approx(
        [unit.delta for layer in story.first.layers[::-1] for unit in layer[::-1]], rel=1e-3
    )
    assert story.errors[-1] <= 0.01 < story.errors[-2]
    assert f"{story.errors[-1]:.4g} in pass {len(story.errors)}" in told.out
    assert [round(model(x).data) for x in INPUTS] == DESIRED
    assert [y > 0.5 for y in story.outputs] == [True, False]
    assert f"[0.1, 0.9] → {story.outputs[0]:.4g}" in told.out


def test_several_outputs_and_one_sample(capsys: pytest.CaptureFixture[str]) -> None:
    story = tell(MLP(1, [2]), [[1.0]], [[-1.0, 2.0]], [[0.0]], rng=random.Random(0), most=3, progress=False)
    out = capsys.readouterr().out
    assert "[1] → [-1, 2]\n" in out
    y, z = story.first.outputs
    assert f"E = ½ · (({y:.4g} - (-1))² + ({z:.4g} - 2)²) = {story.first.error:.4g}" in out
    assert len(story.errors) == 3
    assert len(story.outputs[0]) == 2


def test_the_progress_is_shown_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    errors = learn(MLP(1, [1], rng=random.Random(0)), [[1.0]], [2.0], most=5)
    shown = capsys.readouterr()
    assert len(errors) == 5
    assert "passes" in shown.err
    assert shown.out == ""


def test_a_seed_instead_of_a_generator_raises() -> None:
    model = ThreeLayers(rng=random.Random(0))
    with pytest.raises(TypeError, match=r"rng must be a random.Random, such as random.Random\(0\), got int: 0"):
        tell(model, INPUTS, DESIRED, rng=0)


def test_missing_desired_outputs_raise() -> None:
    with pytest.raises(ValueError, match="must have a target for each"):
        learn(MLP(1, [1]), [[1.0], [2.0]], [2.0], progress=False)
