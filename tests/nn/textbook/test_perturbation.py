"""Test learning without gradients: its results and its cost in passes."""

from __future__ import annotations

import random
from itertools import pairwise

import numpy as np
import pytest

from autograd import mean
from nn import MLP, mean_squared_error
from nn.textbook import (
    CountedLoss,
    ThreeLayers,
    Trail,
    costs_of_a_gradient,
    descend,
    gradient_by_perturbation,
    passes_to_learn,
    perturb,
    spsa,
    spsa_gradient,
)

INPUTS, DESIRED = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 1.0, 1.0, 0.0]


def counted(seed: int = 0, width: int = 3) -> CountedLoss:
    model = ThreeLayers(2, [width, 2, 1], rng=random.Random(seed))
    return CountedLoss(model, INPUTS, DESIRED, loss=mean_squared_error)


def gradient(loss: CountedLoss) -> np.ndarray:
    loss.backward()
    return np.array([w.grad for w in loss.weights])


def test_passes_are_counted() -> None:
    loss = counted()
    assert loss.look() == loss.forward() == loss.backward()
    assert loss.passes == 1 + 3


def test_the_compiled_loss_equals_that_of_the_graph() -> None:
    model = ThreeLayers(rng=random.Random(0))
    graph = mean([mean_squared_error(model(x), d) for x, d in zip(INPUTS, DESIRED)])
    graph.backward()
    by_graph = [p.grad for p in model.parameters()]
    loss = CountedLoss(model, np.array(INPUTS), np.array(DESIRED), loss=mean_squared_error)
    assert loss.backward() == pytest.approx(graph.data, rel=1e-12)
    assert [p.grad for p in model.parameters()] == pytest.approx(by_graph, rel=1e-10)


def test_changing_one_weight_at_a_time_never_increases_the_loss() -> None:
    loss = counted()
    start = loss.look()
    trail = perturb(loss, passes=800, rng=random.Random(0))
    assert trail.passes == list(range(1, 801))
    assert trail.losses[0] == start
    assert all(after <= before for before, after in pairwise(trail.losses))
    assert trail.losses[-1] == loss.look() < 0.01 < start


def test_changes_that_do_not_help_are_undone() -> None:
    loss = counted()
    for _ in range(50):
        before = [w.data for w in loss.weights]
        trail = perturb(loss, passes=2, rng=random.Random(random.Random(0).random()))
        changed = sum(w.data != x for w, x in zip(loss.weights, before))
        assert changed == (trail.losses[1] < trail.losses[0])


@pytest.mark.slow
def test_all_methods_learn_xor_and_are_reproducible() -> None:
    for learn in (
        lambda loss: descend(loss, passes=3000, lr=0.5, until=0.01),
        lambda loss: perturb(loss, passes=3000, until=0.01, rng=random.Random(1)),
        lambda loss: spsa(loss, passes=3000, lr=0.1, until=0.01, rng=random.Random(1)),
    ):
        trail = learn(counted(8))
        assert trail.losses[-1] <= 0.01
        assert trail == learn(counted(8))
        assert trail.passes_to(0.01) == trail.passes[-1]
    assert Trail([1.0], [0.5]).passes_to(0.1) is None


def test_the_cost_of_a_step() -> None:
    assert descend(counted(), passes=9, lr=0.1).passes == [0, 3, 6, 9]
    assert spsa(counted(), passes=6, lr=0.1, rng=random.Random(0)).passes == [0, 2, 4, 6]
    assert perturb(counted(), passes=3, rng=random.Random(0)).passes == [1, 2, 3]


@pytest.mark.slow
def test_the_mean_of_spsa_is_the_gradient() -> None:
    """An estimate of gᵢ has the mean gᵢ and the variance Σ gⱼ² over j ≠ i, up to O(size²)."""
    loss, draws = counted(), 4000
    true = gradient(loss)
    before = [w.data for w in loss.weights]
    rng = random.Random(0)
    estimates = np.array([spsa_gradient(loss, size=1e-3, rng=rng) for _ in range(draws)])
    assert [w.data for w in loss.weights] == before
    deviation = np.sqrt(np.sum(true**2) - true**2)
    assert estimates.std(axis=0) == pytest.approx(deviation, rel=0.1)
    assert np.all(np.abs(estimates.mean(axis=0) - true) < 4 * deviation / np.sqrt(draws) + 1e-5)
    assert np.abs(estimates[0] - true).max() > 0.1 * np.abs(true).max(), "a single estimate is inaccurate"


def test_the_gradient_by_moving_each_weight() -> None:
    loss = counted()
    true = gradient(loss)
    before = [w.data for w in loss.weights]
    assert gradient_by_perturbation(loss) == pytest.approx(true, abs=1e-5)
    assert [w.data for w in loss.weights] == before


@pytest.mark.parametrize("width", [1, 5, 20])
def test_the_cost_of_a_gradient(width: int) -> None:
    loss = counted(width=width)
    costs = []
    for way in (gradient_by_perturbation, lambda x: spsa_gradient(x, rng=random.Random(0)), CountedLoss.backward):
        loss.passes = 0
        way(loss)
        costs.append(loss.passes)
    assert costs == [len(loss.weights) + 1, 2, 3]


def test_the_table_of_costs(capsys: pytest.CaptureFixture[str]) -> None:
    table = costs_of_a_gradient([1, 4], rng=random.Random(0), repeats=2)
    assert "nets" in capsys.readouterr().err
    assert table.column("weights") == [len(MLP(2, [w, w, 1]).parameters()) for w in (1, 4)]
    assert [n + 1 for n in table.column("weights")] == table.column("each weight moved, counted")
    assert all(x > 0 for row in table for x in row.values())


def test_only_backpropagation_learns_at_a_cost_independent_of_the_number_of_weights() -> None:
    table = passes_to_learn([4, 32], rng=random.Random(0), progress=False)
    few, many = table
    assert (few["weights"], many["weights"]) == (5, 33)
    assert many["one weight at a time"] > 4 * few["one weight at a time"]
    assert many["SPSA"] > 4 * few["SPSA"]
    assert many["backpropagation"] < 2 * few["backpropagation"]
