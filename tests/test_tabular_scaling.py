"""Numbers on one scale."""

from __future__ import annotations

import numpy as np
import pytest

from nn.tabular.scaling import mean_and_scale


def test_columns_that_do_not_change_have_the_scale_1() -> None:
    X = np.column_stack([np.full(1000, 0.1), np.zeros(1000), np.arange(1000) * 1e-9])
    mean, scale = mean_and_scale(X)
    assert scale[:2].tolist() == [1.0, 1.0]
    assert ((X - mean) / scale)[:, 2].std() == pytest.approx(1.0)
    assert abs((X - mean) / scale)[:, :2].max() < 1e-12
