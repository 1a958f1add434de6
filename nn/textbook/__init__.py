"""Backpropagation as its textbooks tell it, in programs that run: `nn.textbook`.

One weight, found by hand and by gradient descent: `weight_table`, `find_weight`. The delta rule: `Adaline`. The steps
of a network whose neurons are seen as their two units: `ThreeLayers`, `play_round`, `tell`, and `round_pictures`.
Learning without gradients, next to learning with them: `perturb`, `spsa`, `descend`.
"""

from __future__ import annotations

from .charts import cost_by_weights, loss_by_passes, parabola
from .costs import costs_of_a_gradient, passes_to_learn
from .delta_rule import Adaline, largest_rate
from .perturbation import CountedLoss, Trail, descend, gradient_by_perturbation, perturb, spsa, spsa_gradient
from .records import Records
from .round_pictures import Picture, draw_round, round_pictures, save_pictures
from .rounds import Round, ThreeLayers, Unit, play_round
from .story import Story, learn, tell
from .weight_table import Guess, find_weight, weight_table

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
