"""How estimators and commands train: for how long."""

from __future__ import annotations

from nn.tabular.recipe import usual_epochs


def test_epochs_are_about_a_thousand_steps_within_bounds() -> None:
    assert [usual_epochs(n, 32) for n in (1, 106, 107, 1600, 1601, 10**6)] == [300, 300, 299, 20, 20, 20]
    assert usual_epochs(1000, 500) == 300
