"""Test that the delta rule is backpropagation for a linear neuron and converges to least squares."""

from __future__ import annotations

import random
from itertools import pairwise

import numpy as np
import pytest

from autograd import Value
from nn.textbook import Adaline, largest_rate

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3))
Y = X @ [1.0, -2.0, 0.5] + 3.0 + RNG.normal(size=40)
BEST = np.linalg.lstsq(np.column_stack([X, np.ones(40)]), Y, rcond=None)[0]


def numbers(neuron: Adaline) -> np.ndarray:
    return np.array([p.data for p in neuron.parameters()])


def distance(neuron: Adaline) -> float:
    return float(np.abs(numbers(neuron) - BEST).max())


def test_each_correction_equals_a_step_of_backpropagation() -> None:
    neuron, lr = Adaline(3, rng=random.Random(0)), 0.05
    for x, d in zip(X, Y):
        error: Value = (float(d) - neuron(x)) ** 2 / 2
        neuron.zero_grad()
        error.backward()
        by_backpropagation = [p.data - lr * p.grad for p in neuron.parameters()]
        assert neuron.correct(x, d, lr) ** 2 / 2 == pytest.approx(error.data, rel=1e-14)
        assert numbers(neuron) == pytest.approx(by_backpropagation, rel=1e-14, abs=1e-15)


def test_a_correction_reduces_the_error_of_its_sample_below_the_largest_rate() -> None:
    for x, d in zip(X, Y):
        bound = 2 / (1 + float(x @ x))
        for lr, smaller in ((0.99 * bound, True), (1.01 * bound, False)):
            neuron = Adaline(3)
            error = neuron.correct(x, d, lr)
            assert bool(abs(d - neuron(x).data) < abs(error)) is smaller


@pytest.mark.slow
def test_the_batch_rule_converges_to_least_squares_only_below_the_largest_rate() -> None:
    bound = largest_rate(X)
    signals = np.column_stack([X, np.ones(40)])
    assert bound == pytest.approx(2 / np.linalg.norm(signals.T @ signals / 40, 2), rel=1e-12)
    slow = Adaline(3)
    means = slow.learn_in_batch(X, Y, lr=0.5 * bound, epochs=200)
    assert distance(slow) < 1e-12
    assert all(after <= before + 1e-12 for before, after in pairwise(means))
    fast = Adaline(3)
    fast.learn_in_batch(X, Y, lr=0.98 * bound, epochs=2000)
    assert distance(fast) < 1e-9
    wild = Adaline(3)
    means = wild.learn_in_batch(X, Y, lr=1.02 * bound, epochs=500)
    assert means[-1] > 100 * means[0]


@pytest.mark.slow
def test_the_distance_to_least_squares_is_proportional_to_the_rate() -> None:
    distances = []
    for lr in (0.02, 0.01, 0.005):
        neuron = Adaline(3)
        neuron.learn(X, Y, lr=lr, epochs=200)
        distances.append(distance(neuron))
    assert distances[0] / distances[1] == pytest.approx(2, rel=0.1)
    assert distances[1] / distances[2] == pytest.approx(2, rel=0.1)
    assert distances[2] > 1e-4, "a constant rate does not reach it"


@pytest.mark.slow
def test_decreasing_rates_converge_to_least_squares() -> None:
    neuron = Adaline(3)
    neuron.learn(X, Y, lr=lambda epoch: 0.05 / (epoch + 1), epochs=30)
    early = distance(neuron)
    neuron = Adaline(3)
    neuron.learn(X, Y, lr=lambda epoch: 0.05 / (epoch + 1), epochs=1000, rng=random.Random(0))
    assert distance(neuron) < min(2e-3, early / 5)


def test_a_constant_rate_finds_a_solution_that_fits_every_sample() -> None:
    neuron = Adaline(3)
    means = neuron.learn(X, X @ [1.0, -2.0, 0.5] + 3.0, lr=0.05, epochs=200)
    assert numbers(neuron) == pytest.approx([1.0, -2.0, 0.5, 3.0], abs=1e-9)
    assert means[-1] < 1e-18


def test_samples_and_targets_may_be_rows_or_columns() -> None:
    rows, columns = ([1.0, 2.0], [1.0, 3.0]), ([[1.0], [2.0]], [[1.0], [3.0]])
    for learn in (Adaline.learn, Adaline.learn_in_batch):
        wanted = learn(Adaline(1), *rows, lr=0.1, epochs=3)
        assert learn(Adaline(1), *columns, lr=0.1, epochs=3) == wanted


def test_weights_start_at_zero_or_are_drawn() -> None:
    assert numbers(Adaline(2)).tolist() == [0.0, 0.0, 0.0]
    drawn = [numbers(Adaline(2, rng=random.Random(1))).tolist() for _ in range(2)]
    assert drawn[0] == drawn[1] != [0.0, 0.0, 0.0]
    with pytest.raises(ValueError, match="must have a target for each"):
        Adaline(1).learn([[1.0]], [1.0, 2.0], lr=0.1, epochs=1)
