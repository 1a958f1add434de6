"""What estimators and commands share: scales, probabilities, and how long to train."""

from __future__ import annotations

import numpy as np
import pytest

from nn.tabular.scaling import mean_and_scale, softmax, usual_epochs


def test_columns_that_do_not_change_have_the_scale_1() -> None:
    X = np.column_stack([np.full(1000, 0.1), np.zeros(1000), np.arange(1000) * 1e-9])
    mean, scale = mean_and_scale(X)
    assert scale[:2].tolist() == [1.0, 1.0]
    assert ((X - mean) / scale)[:, 2].std() == pytest.approx(1.0)
    assert abs((X - mean) / scale)[:, :2].max() < 1e-12


def test_probabilities() -> None:
    chances = softmax(np.array([[0.0, np.log(3.0)], [-1.5e308, 1.5e308], [5.0, 5.0]]))
    assert chances.ravel().tolist() == pytest.approx([0.25, 0.75, 0.0, 1.0, 0.5, 0.5])


def test_epochs_are_about_a_thousand_steps_within_bounds() -> None:
    assert [usual_epochs(n, 32) for n in (1, 106, 107, 1600, 1601, 10**6)] == [300, 300, 299, 20, 20, 20]
    assert usual_epochs(1000, 500) == 300
