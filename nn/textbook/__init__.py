"""Backpropagation as textbooks present it, in programs that run.

- One weight, found by hand and by gradient descent: `weight_table`, `find_weight`.
- The delta rule: `Adaline`.
- The steps of backpropagation in numbers and pictures: `ThreeLayers`, `play_round`, `tell`, `round_pictures`.
- Learning without gradients compared with gradient descent: `perturb`, `spsa`, `descend`.
"""

from __future__ import annotations

from .cost_charts import cost_by_weights, loss_by_passes, parabola
from .costs import costs_of_a_gradient, passes_to_learn
from .delta_rule import Adaline, largest_rate
from .narration import Story, learn, tell
from .perturbation import CountedLoss, Trail, descend, gradient_by_perturbation, perturb, spsa, spsa_gradient
from .records import Records
from .round_drawing import Picture, draw_round, round_pictures, save_pictures
from .training_round import Round, ThreeLayers, Unit, play_round
from .weight_tables import Guess, find_weight, weight_table

__all__ = [
    "Adaline",
    "CountedLoss",
    "Guess",
    "Picture",
    "Records",
    "Round",
    "Story",
    "ThreeLayers",
    "Trail",
    "Unit",
    "cost_by_weights",
    "costs_of_a_gradient",
    "descend",
    "draw_round",
    "find_weight",
    "gradient_by_perturbation",
    "largest_rate",
    "learn",
    "loss_by_passes",
    "parabola",
    "passes_to_learn",
    "perturb",
    "play_round",
    "round_pictures",
    "save_pictures",
    "spsa",
    "spsa_gradient",
    "tell",
    "weight_table",
]
